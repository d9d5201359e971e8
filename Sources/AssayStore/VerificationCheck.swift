/// One thing that verifying a match looked at, and what it found.
public struct VerificationCheck: Codable, Hashable, Sendable {
  /// What was checked, as a statement that holds when `passed`.
  public var name: String
  /// Whether it holds.
  public var passed: Bool
  /// What was found: numbers when it holds, what is wrong when it does not.
  public var detail: String

  /// Makes the record of one check.
  public init(name: String, passed: Bool, detail: String = "") {
    self.name = name
    self.passed = passed
    self.detail = detail
  }
}
