import AssayCore
import AssayModels
import AssayText
import Foundation

/// The body of `POST /v1/chat/completions`.
struct ChatRequest: Sendable {
  var sampling: SamplingRequest
  /// The turns, as chat templates read them.
  var messages: [ChatMessage]
  /// The functions that may be called, as chat templates read them; nil for none.
  var tools: [OrderedJSON]?
  /// How many alternatives to report for each token; nil: no log-probabilities at all.
  var logProbabilities: Int?

  private static let roles = ["system", "developer", "user", "assistant", "tool"]
  private static let known = SamplingRequest.known.union(SamplingRequest.passedOver).union([
    "messages", "max_completion_tokens", "logprobs", "top_logprobs", "tools", "tool_choice",
    "parallel_tool_calls", "response_format", "modalities", "reasoning_effort", "verbosity",
  ])

  /// Reads a body; throws `APIFailure` naming what is wrong.
  init(_ body: Data, mostChoices: Int) throws {
    let fields = try RequestFields(body, known: Self.known)
    sampling = try SamplingRequest(fields, mostChoices: mostChoices)
    sampling.maxTokens =
      try fields.integer("max_completion_tokens", in: 1...1_000_000) ?? sampling.maxTokens
    guard let turns = fields["messages"]?.array, !turns.isEmpty else {
      throw APIFailure.invalid("messages", "'messages' must be a list of at least one message")
    }
    messages = try turns.enumerated().map { try Self.message($1, at: "messages[\($0)]") }
    let alternatives = try fields.integer("top_logprobs", in: 0...20)
    let wantsLogProbabilities = try fields.bool("logprobs") ?? false
    guard wantsLogProbabilities || alternatives == nil else {
      throw APIFailure.invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true")
    }
    logProbabilities = wantsLogProbabilities ? alternatives ?? 0 : nil
    tools = try Self.tools(fields)
    try fields.require("response_format", oneOf: [["type": "text"]])
    try fields.require("modalities", oneOf: [["text"]])
  }

  /// The tokens that the model continues; throws `APIFailure` for what its template refuses.
  func prompt(_ bundle: ModelBundle) throws -> [Int] {
    do {
      let text = try bundle.requireChatTemplate()
        .render(messages, tools: tools, addGenerationPrompt: true)
      return try bundle.requireTokenizer().encode(text)
    } catch let error as AssayError {
      throw APIFailure(error, parameter: "messages")
    }
  }

  private static func message(_ value: JSONValue, at place: String) throws -> ChatMessage {
    guard var message = value.object, let role = message["role"]?.string else {
      throw APIFailure.invalid(place, "'\(place)' must be an object with a 'role'")
    }
    guard roles.contains(role) else {
      throw APIFailure.invalid(
        "\(place).role", "'\(role)' is not one of \(roles.joined(separator: ", "))")
    }
    // Templates know nothing of developers; their turn is what the system's was.
    message["role"] = .string(role == "developer" ? "system" : role)
    let calls = message["tool_calls"] ?? .null
    message["content"] = .string(
      try content(message["content"] ?? .null, mayBeNull: calls != .null, at: "\(place).content"))
    if calls != .null {
      guard let calls = calls.array else {
        throw APIFailure.invalid("\(place).tool_calls", "'tool_calls' must be a list")
      }
      message["tool_calls"] = .array(calls.map(withParsedArguments))
    }
    return ChatMessage(JSONValue.object(message))
  }

  /// Text, given as it is or as parts.
  private static func content(
    _ value: JSONValue, mayBeNull: Bool, at place: String
  ) throws -> String {
    if let text = value.string { return text }
    if value == .null, mayBeNull { return "" }
    guard let parts = value.array else {
      throw APIFailure.invalid(place, "'\(place)' must be text or a list of parts")
    }
    return try parts.map { part in
      guard part["type"] == "text", let text = part["text"]?.string else {
        throw APIFailure.invalid(place, "'\(place)' holds a part that is not text")
      }
      return text
    }.joined()
  }

  /// Clients send the arguments of a call as text; templates read them as an object.
  private static func withParsedArguments(_ call: JSONValue) -> JSONValue {
    guard let text = call["function"]?["arguments"]?.string,
      let parsed = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    else { return call }
    var call = call
    var function = call["function"] ?? [:]
    function["arguments"] = parsed
    call["function"] = function
    return call
  }

  private static func tools(_ fields: RequestFields) throws -> [OrderedJSON]? {
    guard let value = fields["tools"] else { return nil }
    guard let tools = value.array,
      tools.allSatisfy({ $0["type"] == "function" && $0["function"]?["name"]?.string != nil })
    else {
      throw APIFailure.invalid("tools", "'tools' must be a list of functions with names")
    }
    let choice = fields["tool_choice"] ?? "auto"
    // A model cannot be made to call a function here; one that may not is not told of any.
    guard choice == "auto" || choice == "none" else {
      throw APIFailure(
        status: 400, message: "'tool_choice' must be auto or none here", parameter: "tool_choice",
        code: "unsupported_parameter")
    }
    return choice == "none" || tools.isEmpty ? nil : tools.map(OrderedJSON.init)
  }
}
