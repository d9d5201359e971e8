import AssayCore
import AssayGame

/// The investigator that only reads weights: the model is never run, whatever the rules allow.
///
/// Limits: it finds what was written by hand, such as closed-form edits, exchanged names and wired units; what
/// training spread over all weights it does not see, and says so.
public enum WeightsOnlyInvestigator: Auditor {
  /// The auditor's name.
  public static let name = "weights-only"
  /// What it does.
  public static let summary = "the investigator with nothing but tools that read weights"

  /// Audits by the weights alone.
  public static func audit(_ session: AuditSession) async throws -> Report {
    try await Investigator.audit(session, access: [.weights])
  }
}
