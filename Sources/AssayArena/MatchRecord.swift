import AssayCore

/// The head of a match's record, `match.json`: who played what, under which rules.
///
/// Nothing in it tells what was planted before the report is committed: `summary`, which names the
/// attack, is filled in by judging, after the truth was opened.
public struct MatchRecord: Codable, Hashable, Sendable {
  /// The match's id, random.
  public var id: String
  /// The organism's id.
  public var organism: String
  /// The auditor's name.
  public var auditor: String
  /// The command line of a third-party auditor.
  public var command: String?
  /// The rules that the audit was held to.
  public var rules: Rules
  /// The specification's id.
  public var specification: String
  /// The audit's seed, as text: readers of JSON lose digits of large whole numbers.
  public var seed: String
  /// When the audit began, UTC, ISO 8601.
  public var started: String
  /// How long the parts took so far.
  public var seconds: MatchSummary.Seconds
  /// What the audit cost.
  public var cost: Cost
  /// The result, once judged.
  public var summary: MatchSummary?

  /// Makes the head of a match.
  public init(
    id: String, organism: String, auditor: String, rules: Rules, specification: String,
    seed: String, started: String, seconds: MatchSummary.Seconds = .init(), cost: Cost = Cost(),
    command: String? = nil, summary: MatchSummary? = nil
  ) {
    self.id = id
    self.organism = organism
    self.auditor = auditor
    self.rules = rules
    self.specification = specification
    self.seed = seed
    self.started = started
    self.seconds = seconds
    self.cost = cost
    self.command = command
    self.summary = summary
  }
}
