/// What stands around the tokens that a ``TokenSearch`` searches.
public struct TokenContext: Codable, Hashable, Sendable {
  /// Tokens before them.
  public var prefix: [Int]
  /// Tokens between them and the target.
  public var suffix: [Int]

  /// A context.
  public init(prefix: [Int], suffix: [Int]) {
    self.prefix = prefix
    self.suffix = suffix
  }
}
