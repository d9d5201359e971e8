import AssayCore

/// Scores a report against the truth and the models.
public protocol Judge: Sendable {
  /// The name in the catalogue: lower case, words joined by "-".
  static var name: String { get }
  /// How it judges, in one line.
  static var summary: String { get }
  /// Whether its score is a second opinion, kept beside the one score that counts.
  static var isOpinion: Bool { get }

  /// Scores the case; everything measured on models goes into the score's `measurements`.
  static func judge(_ judged: JudgedCase) async throws -> Score

  /// Computes the score once more from what was measured then, without the models.
  ///
  /// `assay verify` compares it with the recorded score. Nil when this judge cannot do that.
  static func rescore(
    truth: GroundTruth, report: Report, measurements: [String: Double]
  ) throws -> Score?
}

extension Judge {
  /// A judge that says nothing here gives the score that counts.
  public static var isOpinion: Bool { false }

  /// A judge that says nothing here cannot be recomputed.
  public static func rescore(
    truth: GroundTruth, report: Report, measurements: [String: Double]
  ) throws -> Score? {
    nil
  }
}
