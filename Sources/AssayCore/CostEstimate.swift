/// What a tool call will cost, told before it is made.
public struct CostEstimate: Codable, Hashable, Sendable {
  /// What it takes at least; a call whose least is more than what is left is refused.
  public var least: Cost
  /// What it takes at most, as far as that can be known; seconds are a guess.
  public var most: Cost

  /// Makes an estimate; `least` nothing where it is not known.
  public init(least: Cost = Cost(calls: 1), most: Cost) {
    self.least = least
    self.most = most
  }

  /// An estimate that is known beforehand.
  public init(exactly cost: Cost) {
    self.init(least: cost, most: cost)
  }
}
