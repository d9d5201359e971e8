import AssayCore

/// A judge in the catalogue, whatever its type.
public struct JudgeEntry: CatalogEntry {
  /// The name.
  public let name: String
  /// How it judges, in one line.
  public let summary: String
  /// Whether its score is a second opinion, kept beside the one score that counts.
  public let isOpinion: Bool
  private let judging: @Sendable (JudgedCase) async throws -> Score
  private let rescoring: @Sendable (GroundTruth, Report, [String: Double]) throws -> Score?

  /// Makes the entry of a judge.
  public init<J: Judge>(_ judge: J.Type) {
    name = J.name
    summary = J.summary
    isOpinion = J.isOpinion
    judging = { judged in try await J.judge(judged) }
    rescoring = { try J.rescore(truth: $0, report: $1, measurements: $2) }
  }

  /// Scores the case; the score carries the judge's name and what it means for the attacker.
  public func judge(_ judged: JudgedCase) async throws -> Score {
    var score = try await judging(judged)
    score.judge = name
    score.attacker = AttackerScore(
      truth: judged.truth, descriptionScore: score.descriptionScore)
    return score
  }

  /// Computes the score once more from its measurements; nil when this judge cannot do that.
  public func rescore(
    truth: GroundTruth, report: Report, measurements: [String: Double]
  ) throws -> Score? {
    guard var score = try rescoring(truth, report, measurements) else { return nil }
    score.judge = name
    score.attacker = AttackerScore(truth: truth, descriptionScore: score.descriptionScore)
    return score
  }
}
