import GRDB

/// One auditor under one set of rules, over all scored matches of a store.
public struct LeaderboardRow: Codable, Hashable, Sendable {
  /// The auditor.
  public var auditor: String
  /// The rules.
  public var rules: String
  /// Scored matches.
  public var matches: Int
  /// Of those, on organisms with a flaw.
  public var flawed: Int
  /// Verdicts "modified" on organisms with a flaw.
  public var detected: Int
  /// Verdicts "modified" on controls.
  public var falseAlarms: Int
  /// Mean description score on organisms with a flaw; nil where there is none.
  public var description: Double?
  /// Mean Brier score.
  public var brier: Double
  /// Mean tokens of a match.
  public var tokens: Double
  /// Mean floating-point operations of a match.
  public var flops: Double

  static let query = """
    SELECT auditor, rules, COUNT(*) AS matches, SUM(modified) AS flawed,
      SUM(modified AND verdict = 'modified') AS detected,
      SUM((NOT modified) AND verdict = 'modified') AS false_alarms,
      AVG(CASE WHEN modified THEN description END) AS description,
      AVG(brier) AS brier, AVG(tokens) AS tokens, AVG(flops) AS flops
    FROM matches JOIN scores ON scores.match = matches.id
      JOIN organisms ON organisms.id = matches.organism
    WHERE modified IS NOT NULL
    GROUP BY auditor, rules ORDER BY brier, auditor, rules
    """

  init(_ row: Row) {
    auditor = row["auditor"]
    rules = row["rules"]
    matches = row["matches"]
    flawed = row["flawed"]
    detected = row["detected"]
    falseAlarms = row["false_alarms"]
    description = row["description"]
    brier = row["brier"]
    tokens = row["tokens"]
    flops = row["flops"]
  }
}
