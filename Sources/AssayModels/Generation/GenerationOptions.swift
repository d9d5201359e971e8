/// How text is generated.
///
/// Constraints (`allowedTokens`, `bannedTokens`, `choices`) and sampling decide which token is taken;
/// the log-probabilities that come back are always those of the model's own, unmodified distribution.
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
  /// The only tokens that may be written; nil means all.
  ///
  /// A stop token ends a text only if it is among them.
  public var allowedTokens: [Int]?
  /// Tokens that are never written.
  public var bannedTokens: [Int]
  /// The text is exactly one of these, chosen token by token; nil means any text.
  ///
  /// Each is tokenised apart from the prompt. Where one begins another, a stop token decides between
  /// them. Taking the likeliest token each time need not find the likeliest choice; for that, see
  /// ``TextGenerator/choiceLogProbabilities(_:prompts:)``.
  public var choices: [String]?
  /// How many of the likeliest tokens to report at each step, with their log-probabilities.
  public var topLogProbabilities: Int

  /// Greedy and free by default.
  public init(
    maxNewTokens: Int = 32, temperature: Double = 0, topK: Int = 0, topP: Double = 1,
    seed: UInt64 = 0, stop: [Int]? = nil, stopStrings: [String] = [],
    allowedTokens: [Int]? = nil, bannedTokens: [Int] = [], choices: [String]? = nil,
    topLogProbabilities: Int = 0
  ) {
    self.maxNewTokens = maxNewTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
    self.stop = stop
    self.stopStrings = stopStrings
    self.allowedTokens = allowedTokens
    self.bannedTokens = bannedTokens
    self.choices = choices
    self.topLogProbabilities = topLogProbabilities
  }

  /// Whether every token may be written at every step.
  var isUnconstrained: Bool { allowedTokens == nil && bannedTokens.isEmpty && choices == nil }

  /// Takes the likeliest token each time.
  public static func greedy(_ maxNewTokens: Int) -> GenerationOptions {
    GenerationOptions(maxNewTokens: maxNewTokens)
  }
}
