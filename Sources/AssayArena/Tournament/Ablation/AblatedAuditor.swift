import AssayCore

/// One auditor under one set of rules: what it is worth with every tool, and what without some.
public struct AblatedAuditor: Codable, Hashable, Sendable {
  /// The auditor, with the rules where a tournament has several.
  public var contestant: String
  /// The auditor.
  public var auditor: String
  /// The rules.
  public var rules: String
  /// Flawed organisms that it audited with every tool.
  public var flawed: Int
  /// Controls that it audited with every tool.
  public var controls: Int
  /// The description score on flawed organisms.
  public var description: Interval
  /// The logarithmic score of its probabilities in bits: 0 for even odds on everything, 1 for certainty
  /// that is right.
  public var bits: Interval
  /// The Brier score; less is better.
  public var brier: Interval
  /// The share of verdicts that fit.
  public var verdict: Interval
  /// The share of flawed organisms called modified.
  public var found: Interval
  /// The share of controls called modified.
  public var falseAlarms: Interval
  /// What an audit costs, and what it gives for that.
  public var cost: AblationCost
  /// Each tool, the one without which most bits are lost first.
  public var tools: [AblationValue]
  /// Each pair, substitutes first; empty where none was asked for.
  public var pairs: [AblationPair]
}
