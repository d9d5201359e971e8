import AssayCore

/// What a tool found and what it cost.
public struct ToolResult: Hashable, Sendable {
  /// The finding in one sentence.
  public var summary: String
  /// The finding in full.
  public var result: JSONValue
  /// Tokens through the model, prompts and continuations together.
  public var tokens: Int
  /// Tokens that an own baseline was trained on.
  public var trainingTokens: Int
  /// Number of weight matrices that were read.
  public var weightReads: Int

  /// Makes a result.
  public init(
    summary: String, result: JSONValue, tokens: Int = 0, trainingTokens: Int = 0,
    weightReads: Int = 0
  ) {
    self.summary = summary
    self.result = result
    self.tokens = tokens
    self.trainingTokens = trainingTokens
    self.weightReads = weightReads
  }
}
