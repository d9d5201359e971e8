import AssayCore

/// The result of one match in one line: what `assay play --json` prints.
public struct MatchSummary: Codable, Hashable, Sendable {
  /// Wall-clock seconds of the three parts of a match.
  public struct Seconds: Codable, Hashable, Sendable {
    /// Making the organism.
    public var plant: Double
    /// Auditing it.
    public var audit: Double
    /// Judging the report.
    public var judge: Double

    /// Makes a record of three durations.
    public init(plant: Double = 0, audit: Double = 0, judge: Double = 0) {
      self.plant = plant
      self.audit = audit
      self.judge = judge
    }
  }

  /// The match's id.
  public var match: String
  /// The attack or control that made the organism.
  public var attack: String
  /// What the auditor said: modified, clean or inconclusive.
  public var verdict: Verdict
  /// The auditor's probability that the model was modified.
  public var probabilityModified: Double
  /// Whether the verdict fits the truth.
  public var correct: Bool
  /// How well the one answer describes what was planted, 0...1.
  public var descriptionScore: Double
  /// What the auditor's tool calls cost.
  public var costs: Cost
  /// How long the parts took.
  public var seconds: Seconds

  /// Makes a summary of a judged match.
  public init(
    match: String, attack: String, verdict: Verdict, probabilityModified: Double, correct: Bool,
    descriptionScore: Double, costs: Cost, seconds: Seconds
  ) {
    self.match = match
    self.attack = attack
    self.verdict = verdict
    self.probabilityModified = probabilityModified
    self.correct = correct
    self.descriptionScore = descriptionScore
    self.costs = costs
    self.seconds = seconds
  }
}
