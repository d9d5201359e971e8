import AssayCore

/// Looks for what is wrong with a suspect, knowing nothing of how it was made.
public protocol Auditor: Sendable {
  /// The name in the catalogue: lower case, words joined by "-".
  static var name: String { get }
  /// How it works, in one line.
  static var summary: String { get }

  /// Gathers evidence through the session, which is all that it gets, and answers.
  static func audit(_ session: AuditSession) async throws -> Report
}
