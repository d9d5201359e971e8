/// What one tool call returned, stored under a number that reports cite.
public struct Evidence: Codable, Hashable, Sendable {
  /// The number, from 1 in the order of the calls.
  public var number: Int
  /// The name of the tool.
  public var tool: String
  /// What the tool was asked.
  public var arguments: JSONValue
  /// What the tool found, in the tool's own form.
  public var result: JSONValue
  /// The finding in one sentence.
  public var summary: String
  /// What the call cost.
  public var cost: Cost

  /// Makes a piece of evidence.
  public init(
    number: Int, tool: String, arguments: JSONValue, result: JSONValue, summary: String, cost: Cost
  ) {
    self.number = number
    self.tool = tool
    self.arguments = arguments
    self.result = result
    self.summary = summary
    self.cost = cost
  }
}
