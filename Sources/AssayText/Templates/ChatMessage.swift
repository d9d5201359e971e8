import AssayCore

/// One turn of a chat: a role, a content and whatever else the template reads.
public struct ChatMessage: Sendable {
  /// The members in order; templates print some of them in it.
  public var members: OrderedJSON

  /// A turn of plain text.
  public init(role: String, content: String) {
    members = .object([("role", .string(role)), ("content", .string(content))])
  }

  /// A turn with any members, such as `tool_calls`, or a content in several parts.
  public init(_ members: OrderedJSON) {
    self.members = members
  }

  /// The same from a value without an order: members go by name, from a to z.
  public init(_ members: JSONValue) {
    self.members = OrderedJSON(members)
  }
}
