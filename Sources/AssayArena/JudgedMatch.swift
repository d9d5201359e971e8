import AssayCore
import Foundation

/// A match that is over.
public struct JudgedMatch: Sendable {
  /// The result in one line.
  public var summary: MatchSummary
  /// What was planted.
  public var truth: GroundTruth
  /// What the auditor said.
  public var report: Report
  /// What the judge said.
  public var score: Score
  /// The match's folder.
  public var directory: URL
  /// The page for people.
  public var page: URL

  /// Makes a value from the parts of a record.
  public init(
    summary: MatchSummary, truth: GroundTruth, report: Report, score: Score, directory: URL,
    page: URL
  ) {
    self.summary = summary
    self.truth = truth
    self.report = report
    self.score = score
    self.directory = directory
    self.page = page
  }
}
