import AssayCore

/// How one match of a tournament ended; written once, when it is over.
///
/// A match counts by this record alone: whatever is half-written has none, and is swept away. A
/// match that failed has a `failure` and no score; it is never taken for a clean verdict.
public struct MatchOutcome: Codable, Hashable, Sendable {
  /// What a finished match amounts to.
  public struct Result: Codable, Hashable, Sendable {
    /// The match's random id.
    public var match: String
    /// The organism's random id.
    public var organism: String
    /// What the auditor said.
    public var verdict: Verdict
    /// The auditor's probability that the model was modified.
    public var probability: Double
    /// What the judge said.
    public var score: Score
    /// What the tool calls cost.
    public var cost: Cost
    /// Wall-clock seconds of audit and judging.
    public var seconds: MatchSummary.Seconds
    /// The last hash of the match's ledger.
    public var finalHash: String
  }

  /// The slot in the plan.
  public var slot: String
  /// The result of a match that was finished.
  public var result: Result?
  /// Why there is none.
  public var failure: TournamentFailure?
}
