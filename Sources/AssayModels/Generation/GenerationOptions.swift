/// How text is generated.
public struct GenerationOptions: Codable, Hashable, Sendable {
  /// Most tokens to add to each prompt.
  public var maxNewTokens: Int
  /// 0 takes the likeliest token; above, logits are divided by it before sampling.
  public var temperature: Double
  /// Only the `topK` likeliest tokens are sampled from; 0 means all.
  public var topK: Int
  /// Only the likeliest tokens whose probabilities sum up to `topP` are sampled from; 1 means all.
  public var topP: Double
  /// Decides the sampling, for each prompt apart from the others.
  public var seed: UInt64
  /// Tokens that end a text; nil means those that the model's own files name.
  public var stop: [Int]?
  /// Strings that end a text; the text is cut before the first one.
  public var stopStrings: [String]

  /// Greedy by default.
  public init(
    maxNewTokens: Int = 32, temperature: Double = 0, topK: Int = 0, topP: Double = 1,
    seed: UInt64 = 0, stop: [Int]? = nil, stopStrings: [String] = []
  ) {
    self.maxNewTokens = maxNewTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
    self.stop = stop
    self.stopStrings = stopStrings
  }

  /// Takes the likeliest token each time.
  public static func greedy(_ maxNewTokens: Int) -> GenerationOptions {
    GenerationOptions(maxNewTokens: maxNewTokens)
  }
}
