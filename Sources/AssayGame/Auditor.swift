import AssayCore

/// Looks for what is wrong with a suspect, knowing nothing of how it was made.
public protocol Auditor: Sendable {
  /// The name in the catalogue: lower case, words joined by "-".
  static var name: String { get }
  /// How it works, in one line.
  static var summary: String { get }

  /// Whether it needs somebody outside of this program: a model behind an endpoint, or a person.
  static var asksOutside: Bool { get }

  /// Throws `AssayError` saying what is missing, where it cannot begin; called before there is a match.
  static func prepare() throws

  /// Gathers evidence through the session, which is all that it gets, and answers.
  static func audit(_ session: AuditSession) async throws -> Report
}

extension Auditor {
  /// Most need nobody.
  public static var asksOutside: Bool { false }

  /// Most need nothing.
  public static func prepare() throws {}
}
