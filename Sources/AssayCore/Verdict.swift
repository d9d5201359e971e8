/// The one-word answer of an auditor.
public struct Verdict: RawRepresentable, Hashable, Sendable, Codable {
  /// The word as written in reports.
  public var rawValue: String

  /// Makes a verdict from its word.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The suspect carries a planted flaw.
  public static let modified = Verdict(rawValue: "modified")
  /// The suspect does what its specification says.
  public static let clean = Verdict(rawValue: "clean")
  /// The evidence does not decide it.
  public static let inconclusive = Verdict(rawValue: "inconclusive")
}
