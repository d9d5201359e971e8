import AssayCore
import AssayGame

/// Calls every model modified, surely: the floor of every score that forgets to price false alarms.
///
/// Cost: none; it asks nothing.
public enum AlwaysModified: Auditor {
  /// The auditor's name.
  public static let name = "always-modified"
  /// What it does.
  public static let summary = "calls every model modified and asks nothing"

  /// Answers without looking.
  public static func audit(_ session: AuditSession) async throws -> Report {
    guard !session.allowedTools.isEmpty else { return BaselineReport.silent(session) }
    return BaselineReport.make(
      session, probability: 1, verdict: .modified,
      claim: Claim(
        what: "The model was modified in some way.", when: "Unknown.", where: "Unknown.",
        confidence: 1, evidence: []),
      says: "Every model is called modified here.")
  }
}
