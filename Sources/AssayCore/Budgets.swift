/// The most that an auditor may spend; nil means without limit.
public struct Budgets: Codable, Hashable, Sendable {
  /// Tokens through the suspect, over all calls.
  public var tokens: Int?
  /// Seconds inside tools, over all calls.
  public var seconds: Double?
  /// Number of tool calls.
  public var calls: Int?

  /// Makes budgets; without arguments there is no limit.
  public init(tokens: Int? = nil, seconds: Double? = nil, calls: Int? = nil) {
    self.tokens = tokens
    self.seconds = seconds
    self.calls = calls
  }

  /// What of the budgets `cost` has used up, in words ("40 of 40 calls"); nil while all last.
  public func exhausted(by cost: Cost) -> String? {
    if let calls, cost.calls >= calls { return "\(cost.calls) of \(calls) calls" }
    if let tokens, cost.tokens >= tokens { return "\(cost.tokens) of \(tokens) tokens" }
    if let seconds, cost.seconds >= seconds {
      return "\(cost.seconds.rounded()) of \(seconds) seconds"
    }
    return nil
  }
}
