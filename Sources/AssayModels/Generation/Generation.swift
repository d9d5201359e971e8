/// What a model added to one prompt.
public struct Generation: Codable, Hashable, Sendable {
  /// The added text, without stop tokens and stop strings.
  public var text: String
  /// The added tokens, a final stop token included.
  public var tokens: [Int]
  /// Natural logarithm of each added token's probability under the unmodified distribution: before
  /// temperature, top-k, top-p and constraints.
  public var logProbabilities: [Double]
  /// For each added token the likeliest ones in its place, from the same distribution, likeliest
  /// first; empty unless ``GenerationOptions/topLogProbabilities`` asks for them.
  ///
  /// The added token need not be among them.
  public var alternatives: [[TokenLogProbability]]

  /// Puts a result together.
  public init(
    text: String, tokens: [Int], logProbabilities: [Double],
    alternatives: [[TokenLogProbability]] = []
  ) {
    self.text = text
    self.tokens = tokens
    self.logProbabilities = logProbabilities
    self.alternatives = alternatives
  }
}
