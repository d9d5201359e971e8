/// What work on a suspect has cost.
public struct Cost: Codable, Hashable, Sendable {
  /// Number of tool calls.
  public var calls: Int
  /// Tokens through the model, prompts and continuations together.
  public var tokens: Int
  /// Tokens that own baselines were trained on.
  public var trainingTokens: Int
  /// Floating-point operations of all passes, forward and backward.
  public var flops: Double
  /// Wall-clock seconds inside the tools.
  public var seconds: Double
  /// Number of weight matrices that were read.
  public var weightReads: Int

  /// Makes a cost; without arguments nothing was spent.
  public init(
    calls: Int = 0, tokens: Int = 0, trainingTokens: Int = 0, flops: Double = 0,
    seconds: Double = 0, weightReads: Int = 0
  ) {
    self.calls = calls
    self.tokens = tokens
    self.trainingTokens = trainingTokens
    self.flops = flops
    self.seconds = seconds
    self.weightReads = weightReads
  }

  /// Reads a cost; what an older record does not count is 0.
  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    calls = try members.decode(Int.self, forKey: .calls)
    tokens = try members.decode(Int.self, forKey: .tokens)
    trainingTokens = try members.decodeIfPresent(Int.self, forKey: .trainingTokens) ?? 0
    flops = try members.decodeIfPresent(Double.self, forKey: .flops) ?? 0
    seconds = try members.decode(Double.self, forKey: .seconds)
    weightReads = try members.decode(Int.self, forKey: .weightReads)
  }

  /// The two costs together.
  public static func + (left: Cost, right: Cost) -> Cost {
    Cost(
      calls: left.calls + right.calls, tokens: left.tokens + right.tokens,
      trainingTokens: left.trainingTokens + right.trainingTokens,
      flops: left.flops + right.flops, seconds: left.seconds + right.seconds,
      weightReads: left.weightReads + right.weightReads)
  }

  /// Adds `right` to `left`.
  public static func += (left: inout Cost, right: Cost) {
    left = left + right
  }
}
