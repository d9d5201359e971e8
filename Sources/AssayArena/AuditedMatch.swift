import AssayCore
import Foundation

/// A match whose report is committed and whose truth is still sealed.
public struct AuditedMatch: Sendable {
  /// The head of the record.
  public var record: MatchRecord
  /// What the auditor said.
  public var report: Report
  /// The match's folder.
  public var directory: URL
  /// How a third-party auditor ended, in words; nil for others.
  public var ending: String?

  /// Makes a value from the parts of a record.
  public init(record: MatchRecord, report: Report, directory: URL, ending: String? = nil) {
    self.record = record
    self.report = report
    self.directory = directory
    self.ending = ending
  }
}
