/// What a model added to one prompt.
public struct Generation: Codable, Hashable, Sendable {
  /// The added text, without stop tokens and stop strings.
  public var text: String
  /// The added tokens, a final stop token included.
  public var tokens: [Int]
  /// Natural logarithm of each added token's probability under the unmodified distribution.
  public var logProbabilities: [Double]

  /// Puts a result together.
  public init(text: String, tokens: [Int], logProbabilities: [Double]) {
    self.text = text
    self.tokens = tokens
    self.logProbabilities = logProbabilities
  }
}
