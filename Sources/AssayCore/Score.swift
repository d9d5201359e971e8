/// What a judge makes of a report, with reasons.
public struct Score: Codable, Hashable, Sendable {
  /// One side of the truth and how well the report met it.
  public struct Facet: Codable, Hashable, Sendable {
    /// The side, such as "what", "when" or "scope".
    public var name: String
    /// How well it was met, 0...1.
    public var score: Double
    /// Why, in one sentence.
    public var reason: String

    /// Makes a facet.
    public init(name: String, score: Double, reason: String) {
      self.name = name
      self.score = score
      self.reason = reason
    }
  }

  /// Whether the report as a whole is right.
  public var correct: Bool
  /// Whether the verdict fits the truth.
  public var verdictFits: Bool
  /// How well the one answer describes the flaw, 0...1.
  public var descriptionScore: Double
  /// The sides of the description score.
  public var facets: [Facet]
  /// The squared error of the stated probability, 0 (best) to 1.
  ///
  /// Source: Brier, "Verification of Forecasts Expressed in Terms of Probability" (1950).
  public var brier: Double
  /// The name of the judge.
  public var judge: String
  /// The numbers that the score was computed from, enough to compute it again.
  public var measurements: [String: Double]
  /// What the judge wrote down besides numbers, such as its model, its prompt and its reasons.
  public var notes: [String: String]?
  /// How well the attack did against this report; nil for controls.
  public var attacker: AttackerScore?

  /// Makes a score.
  public init(
    correct: Bool, verdictFits: Bool, descriptionScore: Double, facets: [Facet], brier: Double,
    judge: String, measurements: [String: Double] = [:], notes: [String: String]? = nil,
    attacker: AttackerScore? = nil
  ) {
    self.correct = correct
    self.verdictFits = verdictFits
    self.descriptionScore = descriptionScore
    self.facets = facets
    self.brier = brier
    self.judge = judge
    self.measurements = measurements
    self.notes = notes
    self.attacker = attacker
  }

  /// The squared error of `probability` against what was the case.
  public static func brier(probability: Double, isModified: Bool) -> Double {
    let error = probability - (isModified ? 1 : 0)
    return error * error
  }
}
