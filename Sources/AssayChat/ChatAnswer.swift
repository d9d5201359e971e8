/// What a chat model answered.
public struct ChatAnswer: Hashable, Sendable {
  /// The text; empty where it only called functions.
  public var text: String
  /// The functions that it called, in order.
  public var calls: [ChatCall]
  /// Whether the model, or what filters it, declined to answer.
  public var isRefusal: Bool
  /// Whether it was cut at the most tokens.
  public var isCut: Bool
  /// Tokens of the request that the endpoint counted, 0 where it does not say.
  public var readTokens = 0
  /// Tokens of the answer, in the same way.
  public var writtenTokens = 0
  /// Tries that failed before this answer came.
  public var retries = 0
  /// Whether a temperature was set and could not be asked for, because the endpoint refuses it.
  public var isUntempered = false

  /// Makes an answer.
  public init(
    text: String, calls: [ChatCall] = [], isRefusal: Bool = false, isCut: Bool = false
  ) {
    self.text = text
    self.calls = calls
    self.isRefusal = isRefusal
    self.isCut = isCut
  }
}
