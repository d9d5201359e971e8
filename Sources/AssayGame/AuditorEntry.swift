import AssayCore

/// An auditor in the catalogue, whatever its type.
public struct AuditorEntry: CatalogEntry {
  /// The name.
  public let name: String
  /// How it works, in one line.
  public let summary: String
  /// Whether it needs somebody outside of this program.
  public let asksOutside: Bool
  private let preparing: @Sendable () throws -> Void
  private let auditing: @Sendable (AuditSession) async throws -> Report

  /// Makes the entry of an auditor.
  public init<A: Auditor>(_ auditor: A.Type) {
    name = A.name
    summary = A.summary
    asksOutside = A.asksOutside
    preparing = { try A.prepare() }
    auditing = { session in try await A.audit(session) }
  }

  /// Throws `AssayError` where the auditor cannot begin.
  public func prepare() throws { try preparing() }

  /// Audits; the report carries the auditor's name and seed and cites only evidence that exists.
  ///
  /// An auditor that lets a refusal by rules or budgets escape has reported all the same: inconclusive,
  /// with the evidence so far and what was not done. Throws `AssayError(.badInput)` when the report does
  /// not hold together.
  public func audit(_ session: AuditSession) async throws -> Report {
    var report: Report
    do {
      report = try await auditing(session)
    } catch let error as AssayError where error.code == .budget || error.code == .forbidden {
      report = try session.unfinishedReport(after: error)
    }
    report.auditor = name
    report.seed = session.seed
    try report.validate(evidenceCount: session.evidenceSoFar.count)
    return report
  }
}
