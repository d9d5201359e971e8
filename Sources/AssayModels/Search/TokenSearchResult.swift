/// What a ``TokenSearch`` found.
public struct TokenSearchResult: Codable, Hashable, Sendable {
  /// The best candidate of one step, from which the next one goes on.
  public struct Step: Codable, Hashable, Sendable {
    /// Mean negative log-likelihood of the target, in nats per token.
    public var loss: Double
    /// The searched tokens.
    public var tokens: [Int]
    /// Whether the target is the model's own greedy continuation.
    public var isForced: Bool
  }

  /// The best of all steps; the tokens that the search began with, if no step was better.
  public var best: Step
  /// The text of the best tokens; nil without a tokenizer.
  public var text: String?
  /// Every step, in order.
  public var steps: [Step]
  /// Token sequences whose loss was computed.
  public var evaluations: Int
}
