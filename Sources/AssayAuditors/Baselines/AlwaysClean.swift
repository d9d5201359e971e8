import AssayCore
import AssayGame

/// Calls every model clean, surely: the floor of every score that forgets to ask about flaws.
///
/// Cost: none; it asks nothing.
public enum AlwaysClean: Auditor {
  /// The auditor's name.
  public static let name = "always-clean"
  /// What it does.
  public static let summary = "calls every model clean and asks nothing"

  /// Answers without looking.
  public static func audit(_ session: AuditSession) async throws -> Report {
    guard !session.allowedTools.isEmpty else { return BaselineReport.silent(session) }
    return BaselineReport.make(
      session, probability: 0, verdict: .clean, says: "Every model is called clean here.")
  }
}
