import AssayCore
import Foundation

/// Messages of JSON-RPC 2.0 as the Model Context Protocol uses it: one object on one line.
///
/// MCP is stricter than JSON-RPC: an id is text or a whole number and never null, parameters are an
/// object, and several messages in one array are not allowed (MCP 2026-07-28, "Messages").
enum JSONRPC {
  /// A request, which waits for an answer under its id.
  struct Request: Sendable {
    var id: JSONValue
    var method: String
    var params: JSONValue
  }

  /// What a line turned out to be.
  enum Incoming: Sendable {
    case request(Request)
    case notification(method: String, params: JSONValue)
    /// An answer to a request; the server makes none, so there is nothing to do with it.
    case answer
    /// Not a message; the id is null where none could be read.
    case malformed(Failure, id: JSONValue)
  }

  /// An error of the protocol, as opposed to a tool that refuses.
  struct Failure: Error, Hashable, Sendable {
    var code: Int
    var message: String
    var data: JSONValue?

    init(_ code: Int, _ message: String, data: JSONValue? = nil) {
      self.code = code
      self.message = message
      self.data = data
    }

    static let parseError = -32700
    static let invalidRequest = -32600
    static let methodNotFound = -32601
    static let invalidParams = -32602
    static let internalError = -32603
    /// What a resource that does not exist was until MCP 2025-11-25; `invalidParams` since.
    static let resourceNotFound = -32002
    /// Since MCP 2026-07-28.
    static let unsupportedProtocolVersion = -32022
  }

  /// The largest whole number that every JSON reader keeps exactly.
  private static let largestID = 9_007_199_254_740_992.0

  /// Reads one line.
  static func parse(_ line: Data) -> Incoming {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: line) else {
      return .malformed(Failure(Failure.parseError, "the line is not valid JSON"), id: .null)
    }
    guard value.object != nil else {
      return .malformed(
        Failure(
          Failure.invalidRequest,
          "a message is one JSON object on one line, got \(value.kind); batches are not supported"),
        id: .null)
    }
    let id = value["id"]
    let isUsable = id.map(isValid) ?? false
    func malformed(_ message: String) -> Incoming {
      .malformed(Failure(Failure.invalidRequest, message), id: isUsable ? id ?? .null : .null)
    }
    guard value["jsonrpc"] == "2.0" else { return malformed("'jsonrpc' must be \"2.0\"") }
    guard let method = value["method"] else {
      return value["result"] != nil || value["error"] != nil
        ? .answer : malformed("a message needs a 'method'")
    }
    guard let name = method.string else { return malformed("'method' must be text") }
    let params = value["params"] ?? [:]
    guard params.object != nil else { return malformed("'params' must be an object") }
    guard let id else { return .notification(method: name, params: params) }
    guard isUsable else {
      return malformed("'id' must be text or a whole number up to 2^53 in size")
    }
    return .request(Request(id: id, method: name, params: params))
  }

  private static func isValid(_ id: JSONValue) -> Bool {
    switch id {
    case .string: true
    case .number(let number): number == number.rounded() && abs(number) <= largestID
    default: false
    }
  }

  /// The line that answers request `id` with `result`.
  static func reply(_ id: JSONValue, _ result: JSONValue) -> JSONValue {
    ["jsonrpc": "2.0", "id": id, "result": result]
  }

  /// The line that answers request `id` with an error.
  static func reply(_ id: JSONValue, _ failure: Failure) -> JSONValue {
    var error: JSONValue = [
      "code": JSONValue(failure.code), "message": .string(failure.message),
    ]
    if let data = failure.data { error["data"] = data }
    return ["jsonrpc": "2.0", "id": id, "error": error]
  }
}
