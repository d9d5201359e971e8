import AssayCore
import Foundation

/// How an endpoint wants to be asked and how it answers.
protocol ChatDialect: Sendable {
  /// What is added to the base address.
  static var path: String { get }
  /// Headers besides the content's type.
  static func headers(key: String?) -> [String: String]
  /// The body, without model, temperature and most tokens.
  static func body(system: String, _ turns: [ChatTurn], _ functions: [ChatFunction]) -> JSONValue
  /// Reads an answer, nil where it is none.
  static func read(_ value: JSONValue) -> ChatAnswer?
}

/// OpenAI's chat completions.
enum OpenAIDialect: ChatDialect {
  static let path = "chat/completions"

  static func headers(key: String?) -> [String: String] {
    key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
  }

  static func body(system: String, _ turns: [ChatTurn], _ functions: [ChatFunction]) -> JSONValue {
    var messages: [JSONValue] = [["role": "system", "content": .string(system)]]
    for turn in turns {
      switch turn {
      case .user(let text): messages.append(["role": "user", "content": .string(text)])
      case .assistant(let text, let calls):
        var message: JSONValue = ["role": "assistant", "content": .string(text)]
        if !calls.isEmpty {
          message["tool_calls"] = .array(
            calls.map {
              [
                "id": .string($0.id), "type": "function",
                "function": ["name": .string($0.name), "arguments": .string($0.arguments)],
              ]
            })
        }
        messages.append(message)
      case .results(let results):
        messages += results.map {
          ["role": "tool", "tool_call_id": .string($0.id), "content": .string($0.text)]
        }
      }
    }
    var body: JSONValue = ["messages": .array(messages)]
    if !functions.isEmpty {
      body["tools"] = .array(
        functions.map {
          [
            "type": "function",
            "function": [
              "name": .string($0.name), "description": .string($0.summary),
              "parameters": $0.schema,
            ],
          ]
        })
    }
    return body
  }

  static func read(_ value: JSONValue) -> ChatAnswer? {
    guard let choice = value["choices"]?[0], let message = choice["message"],
      message.object != nil
    else { return nil }
    let refusal = message["refusal"]?.string ?? ""
    let calls = (message["tool_calls"]?.array ?? []).enumerated().map { number, call in
      let arguments = call["function"]?["arguments"] ?? .null
      return ChatCall(
        id: call["id"]?.string ?? "call_\(number)",
        name: call["function"]?["name"]?.string ?? "",
        // Some servers send an object where the interface has text.
        arguments: arguments.string ?? (try? CanonicalJSON.string(arguments)) ?? "")
    }
    let finish = choice["finish_reason"]?.string ?? ""
    guard message["content"] != nil || !calls.isEmpty || !refusal.isEmpty else { return nil }
    // Some servers send parts; thoughts among them have no text of their own.
    let parts = message["content"]?.array ?? []
    let text = parts.compactMap { $0["text"]?.string }.joined()
    var answer = ChatAnswer(
      text: message["content"]?.string ?? (text.isEmpty ? refusal : text), calls: calls,
      isRefusal: !refusal.isEmpty || finish == "content_filter", isCut: finish == "length")
    answer.readTokens = value["usage"]?["prompt_tokens"]?.int ?? 0
    answer.writtenTokens = value["usage"]?["completion_tokens"]?.int ?? 0
    return answer
  }
}

/// Anthropic's messages.
enum AnthropicDialect: ChatDialect {
  static let path = "v1/messages"

  static func headers(key: String?) -> [String: String] {
    var headers = ["anthropic-version": "2023-06-01"]
    headers["x-api-key"] = key
    return headers
  }

  static func body(system: String, _ turns: [ChatTurn], _ functions: [ChatFunction]) -> JSONValue {
    let messages = turns.filter { !isSilent($0) }.map { turn -> JSONValue in
      switch turn {
      case .user(let text): return ["role": "user", "content": .string(text)]
      case .assistant(let text, let calls):
        guard !calls.isEmpty else { return ["role": "assistant", "content": .string(text)] }
        let said: [JSONValue] = isBlank(text) ? [] : [["type": "text", "text": .string(text)]]
        let called = calls.map { call -> JSONValue in
          [
            "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
            "input": input(call.arguments),
          ]
        }
        return ["role": "assistant", "content": .array(said + called)]
      case .results(let results):
        let content = results.map { result -> JSONValue in
          [
            "type": "tool_result", "tool_use_id": .string(result.id),
            "content": .string(result.text), "is_error": .bool(result.isError),
          ]
        }
        return ["role": "user", "content": .array(content)]
      }
    }
    var body: JSONValue = ["system": .string(system), "messages": .array(messages)]
    if !functions.isEmpty {
      body["tools"] = .array(
        functions.map {
          [
            "name": .string($0.name), "description": .string($0.summary),
            "input_schema": $0.schema,
          ]
        })
    }
    return body
  }

  /// Whether a turn must be left out; turns of a user may follow each other.
  private static func isSilent(_ turn: ChatTurn) -> Bool {
    guard case .assistant(let text, let calls) = turn else { return false }
    return calls.isEmpty && isBlank(text)
  }

  /// Whether a model's text is nothing but white space, which is refused.
  private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

  /// Arguments as the object that they must be here.
  private static func input(_ arguments: String) -> JSONValue {
    let value = try? JSONDecoder().decode(JSONValue.self, from: Data(arguments.utf8))
    return value?.object == nil ? [:] : value ?? [:]
  }

  static func read(_ value: JSONValue) -> ChatAnswer? {
    guard let parts = value["content"]?.array else { return nil }
    let stop = value["stop_reason"]?.string ?? ""
    let texts = parts.filter { $0["type"] == "text" }.compactMap { $0["text"]?.string }
    let calls = parts.filter { $0["type"] == "tool_use" }.enumerated().map { number, part in
      ChatCall(
        id: part["id"]?.string ?? "call_\(number)", name: part["name"]?.string ?? "",
        arguments: (try? CanonicalJSON.string(part["input"] ?? [:])) ?? "")
    }
    guard !texts.isEmpty || !calls.isEmpty || !stop.isEmpty else { return nil }
    var answer = ChatAnswer(
      text: texts.joined(), calls: calls, isRefusal: stop == "refusal",
      isCut: stop == "max_tokens")
    answer.readTokens = value["usage"]?["input_tokens"]?.int ?? 0
    answer.writtenTokens = value["usage"]?["output_tokens"]?.int ?? 0
    return answer
  }
}
