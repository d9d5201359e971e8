import AssayCore

/// One turn of a conversation with a chat model that may call functions.
public enum ChatTurn: Hashable, Sendable {
  /// What it is told.
  case user(String)
  /// What it said, and the functions that it called.
  case assistant(String, calls: [ChatCall] = [])
  /// What its calls returned, one result for each.
  case results([ChatResult])
}

/// A call of a function by a chat model.
public struct ChatCall: Hashable, Sendable {
  /// What its result names.
  public var id: String
  /// The function.
  public var name: String
  /// The arguments as the model wrote them; they need not be JSON.
  public var arguments: String

  /// Makes a call.
  public init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// What a call returned.
public struct ChatResult: Hashable, Sendable {
  /// The call's id.
  public var id: String
  /// What the model reads.
  public var text: String
  /// Whether the call failed.
  public var isError: Bool

  /// Makes a result.
  public init(id: String, text: String, isError: Bool = false) {
    self.id = id
    self.text = text
    self.isError = isError
  }
}

/// A function that a chat model may call.
public struct ChatFunction: Hashable, Sendable {
  /// The name: letters, digits, "-" and "_".
  public var name: String
  /// What it does.
  public var summary: String
  /// JSON Schema of its arguments.
  public var schema: JSONValue

  /// Makes a function.
  public init(name: String, summary: String, schema: JSONValue) {
    self.name = name
    self.summary = summary
    self.schema = schema
  }
}
