import AssayCore
import AssayGame

/// The investigator that only asks: nothing inside the model is looked at, whatever the rules allow.
///
/// What it finds less than ``Investigator`` is what looking inside is worth.
public enum BlackBoxInvestigator: Auditor {
  /// The auditor's name.
  public static let name = "black-box"
  /// What it does.
  public static let summary = "the investigator without any tool that looks inside the model"

  /// Audits with runs alone.
  public static func audit(_ session: AuditSession) async throws -> Report {
    try await Investigator.audit(session, access: [.runs])
  }
}
