import AssayCore

/// What an auditor loses without one tool, or without two: differences are with every tool minus without.
///
/// All differences are turned so that a positive one speaks for the tools; costs are what they take.
public struct AblationValue: Codable, Hashable, Sendable {
  /// Verdicts "modified" with every tool and without these.
  public struct Alarms: Codable, Hashable, Sendable {
    /// With every tool.
    public var with: Int
    /// Without these.
    public var without: Int
    /// Audits of either.
    public var audits: Int
  }

  /// The tools that were taken away.
  public var tools: [String]
  /// Flawed organisms that were audited both ways.
  public var flawed: Int
  /// Controls that were audited both ways.
  public var controls: Int
  /// Organisms on which any of the tools was called, with every tool there.
  public var calledOn: Int
  /// Calls of them in all, with every tool there.
  public var calls: Int
  /// Organisms on which verdict, probability or score differ at all.
  public var changed: Int
  /// The description score on flawed organisms.
  public var description: PairedComparison.Difference
  /// The logarithmic score of the probability of a flaw, in bits, on all organisms.
  public var bits: PairedComparison.Difference
  /// The Brier score, without minus with.
  public var brier: PairedComparison.Difference
  /// Verdicts that fit.
  public var verdict: PairedComparison.Difference
  /// Flawed organisms called modified.
  public var found: Alarms
  /// Controls called modified.
  public var falseAlarms: Alarms
  /// False alarms by control that the tools avoid: without minus with.
  public var falseAlarmsAvoided: Interval
  /// What the tools take: with minus without.
  public var cost: AblationCost
}
