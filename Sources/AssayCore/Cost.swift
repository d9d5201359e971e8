/// What work on a suspect has cost.
public struct Cost: Codable, Hashable, Sendable {
  /// Number of tool calls.
  public var calls: Int
  /// Tokens through the model, prompts and continuations together.
  public var tokens: Int
  /// Wall-clock seconds inside the tools.
  public var seconds: Double
  /// Number of weight matrices that were read.
  public var weightReads: Int

  /// Makes a cost; without arguments nothing was spent.
  public init(calls: Int = 0, tokens: Int = 0, seconds: Double = 0, weightReads: Int = 0) {
    self.calls = calls
    self.tokens = tokens
    self.seconds = seconds
    self.weightReads = weightReads
  }

  /// The two costs together.
  public static func + (left: Cost, right: Cost) -> Cost {
    Cost(
      calls: left.calls + right.calls, tokens: left.tokens + right.tokens,
      seconds: left.seconds + right.seconds, weightReads: left.weightReads + right.weightReads)
  }

  /// Adds `right` to `left`.
  public static func += (left: inout Cost, right: Cost) {
    left = left + right
  }
}
