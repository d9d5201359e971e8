import AssayCore

/// Two tools together: what is lost without both, and whether they stand in for each other.
public struct AblationPair: Codable, Hashable, Sendable {
  /// The value of both together beyond that of each put back alone, to the same auditor without both:
  /// f(all) − f(without A) − f(without B) + f(without both).
  ///
  /// Below 0 they are substitutes: one does what the other does. Above 0 they are complements: one is worth more
  /// where the other is there.
  ///
  /// Source: Grabisch and Roubens, "An axiomatic approach to the concept of interaction among players in
  /// cooperative games" (1999), the second difference, here at the whole set of tools alone.
  public struct Interaction: Codable, Hashable, Sendable {
    /// Organisms that were audited in all four ways.
    public var organisms: Int
    /// Of the description score, on flawed organisms.
    public var description: PairedComparison.Difference
    /// Of the logarithmic score, in bits.
    public var bits: PairedComparison.Difference
    /// Of the Brier score, turned so that more is better.
    public var brier: PairedComparison.Difference
    /// Of verdicts that fit.
    public var verdict: PairedComparison.Difference
  }

  /// What is lost without both.
  public var value: AblationValue
  /// How the two go together.
  public var interaction: Interaction

  /// What an interaction's interval shows: "substitutes", "complements", or nil where it holds 0.
  public static func reading(_ interaction: Interval) -> String? {
    interaction.high < 0 ? "substitutes" : interaction.low > 0 ? "complements" : nil
  }
}
