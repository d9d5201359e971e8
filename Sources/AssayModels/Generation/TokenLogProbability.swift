/// A token and how likely the model held it to be.
public struct TokenLogProbability: Codable, Hashable, Sendable {
  /// The token.
  public var token: Int
  /// Natural logarithm of its probability under the unmodified distribution.
  public var logProbability: Double

  /// Puts the two together.
  public init(token: Int, logProbability: Double) {
    self.token = token
    self.logProbability = logProbability
  }
}
