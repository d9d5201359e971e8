import AssayCore
import AssayTesting
import Foundation
import Testing

@testable import AssayChat

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite struct ChatEndpointTests {
  private static let speaker = ChatSettings.Speaker(
    role: "auditor", name: "agent", prefix: "ASSAY_TEST", naming: "name one")

  private static func endpoint(
    _ server: ChatServer, _ more: JSONValue = [:], environment: [String: String] = [:]
  ) throws -> ChatEndpoint {
    let own: JSONValue = [
      "base-url": .string(server.address), "model": "m", "backoff": 0.01, "timeout": 5,
    ]
    return ChatEndpoint(
      try ChatSettings(
        .object((own.object ?? [:]).merging(more.object ?? [:]) { $1 }), environment: environment,
        speaker: speaker))
  }

  private static let functions = [
    ChatFunction(name: "look", summary: "looks", schema: ["type": "object"])
  ]
  private static let turns: [ChatTurn] = [
    .user("Begin."),
    .assistant("I look.", calls: [ChatCall(id: "1", name: "look", arguments: "{\"at\":2}")]),
    .results([ChatResult(id: "1", text: "nothing", isError: true)]),
  ]

  @Test func `functions, calls and results take OpenAI's form`() async throws {
    let server = try ChatServer { _, _ in .calling(("look", "{\"at\": 3}"), ("look", "{oops")) }
    defer { server.stop() }
    let answer = try await Self.endpoint(server)
      .answer(system: "Audit.", Self.turns, functions: Self.functions)
    #expect(answer.calls.map(\.arguments) == ["{\"at\": 3}", "{oops"])
    #expect(answer.calls.map(\.id) == ["call-0", "call-1"])
    let body = try #require(server.log.first).body
    #expect(body["tools"]?[0]?["function"]?["parameters"] == ["type": "object"])
    #expect(
      body["messages"]?.array?.compactMap { $0["role"]?.string }
        == ["system", "user", "assistant", "tool"])
    #expect(
      body["messages"]?[2]?["tool_calls"]?[0]?["function"]
        == ["name": "look", "arguments": "{\"at\":2}"])
    #expect(body["messages"]?[3]?["tool_call_id"] == "1")
  }

  @Test func `functions, calls and results take Anthropic's form`() async throws {
    let reply: JSONValue = [
      "content": [
        ["type": "text", "text": "Once more."],
        ["type": "tool_use", "id": "t", "name": "look", "input": ["at": 3]],
      ], "stop_reason": "tool_use", "usage": ["input_tokens": 7, "output_tokens": 2],
    ]
    let server = try ChatServer { _, _ in
      .init(body: (try? CanonicalJSON.string(reply)) ?? "")
    }
    defer { server.stop() }
    let answer = try await Self.endpoint(server, ["endpoint": "anthropic"])
      .answer(system: "Audit.", Self.turns, functions: Self.functions)
    #expect(answer.text == "Once more." && answer.readTokens == 7 && answer.writtenTokens == 2)
    #expect(answer.calls == [ChatCall(id: "t", name: "look", arguments: "{\"at\":3}")])
    let body = try #require(server.log.first).body
    #expect(body["system"] == "Audit." && body["tools"]?[0]?["name"] == "look")
    #expect(body["messages"]?[1]?["content"]?[1]?["input"] == ["at": 2])
    #expect(body["messages"]?[2]?["role"] == "user")
    #expect(body["messages"]?[2]?["content"]?[0]?["is_error"] == true)
  }

  @Test func `refusals and cut answers are told apart from others`() async throws {
    let refusing: JSONValue = [
      "choices": [["message": ["role": "assistant", "content": .null, "refusal": "No."]]]
    ]
    let cut: JSONValue = [
      "choices": [["message": ["content": "So lo"], "finish_reason": "length"]]
    ]
    let server = try ChatServer { _, number in
      .init(body: (try? CanonicalJSON.string(number == 0 ? refusing : cut)) ?? "")
    }
    defer { server.stop() }
    let endpoint = try Self.endpoint(server)
    let first = try await endpoint.answer(system: "", [.user("x")])
    #expect(first.isRefusal && first.text == "No." && !first.isCut)
    let second = try await endpoint.answer(system: "", [.user("x")])
    #expect(!second.isRefusal && second.isCut)
  }

  @Test func `what passes is tried again, as late as the server asks for`() async throws {
    let server = try ChatServer { _, number in
      switch number {
      case 0: .init(status: 429, headers: ["Retry-After": "0.3"], body: "{}")
      case 1: .init(status: 503, body: "busy")
      default: .saying("yes")
      }
    }
    defer { server.stop() }
    let started = ContinuousClock.now
    let answer = try await Self.endpoint(server).answer(system: "", [.user("x")])
    #expect(answer.text == "yes" && answer.retries == 2)
    #expect(ContinuousClock.now - started >= .milliseconds(300))
  }

  @Test func `a date of HTTP says how long to wait, too`() throws {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    let header = format.string(from: Date(timeIntervalSinceNow: 20))
    let seconds = try #require(ChatEndpoint.seconds(header))
    #expect(seconds > 15 && seconds <= 20)
    #expect(ChatEndpoint.seconds("-4") == 0 && ChatEndpoint.seconds("soon") == nil)
  }

  @Test func `a conversation that is too long has a code of its own`() async throws {
    let body = "{\"error\":{\"message\":\"too long\",\"code\":\"context_length_exceeded\"}}"
    let server = try ChatServer { _, _ in .init(status: 400, body: body) }
    defer { server.stop() }
    let error = await #expect(throws: AssayError.self) {
      try await Self.endpoint(server).answer(system: "", [.user("x")])
    }
    #expect(error?.code == .contextExceeded && server.log.count == 1)
  }

  @Test(arguments: ["prompt is too long", "This model's maximum context length is 9 tokens."])
  func `other servers say so in words`(_ words: String) async throws {
    let body: JSONValue = ["error": ["message": .string(words)]]
    let text = try CanonicalJSON.string(body)
    let server = try ChatServer { _, _ in .init(status: 400, body: text) }
    defer { server.stop() }
    let error = await #expect(throws: AssayError.self) {
      try await Self.endpoint(server).answer(system: "", [.user("x")])
    }
    #expect(error?.code == .contextExceeded)
  }

  @Test func `what a server says of its refusal is told, without the key`() async throws {
    let body: JSONValue = ["error": ["message": "no temperature\nfor hush-hush, please"]]
    let text = try CanonicalJSON.string(body)
    let server = try ChatServer { _, _ in .init(status: 400, body: text) }
    defer { server.stop() }
    let endpoint = try Self.endpoint(server, environment: ["OPENAI_API_KEY": "hush-hush"])
    let error = await #expect(throws: AssayError.self) {
      try await endpoint.answer(system: "", [.user("x")])
    }
    #expect(error?.message.hasSuffix("status 400: no temperature for …, please") == true)
  }

  @Test(arguments: [
    #"{"message":"Unsupported value: 'temperature' does not support 0 with this model."}"#,
    #"{"message":"Unsupported parameter.","param":"temperature"}"#,
  ])
  func `a temperature that is refused is left out, at once and from then on`(_ error: String)
    async throws
  {
    let server = try ChatServer { request, _ in
      request.body["temperature"] == nil
        ? .saying("yes") : .init(status: 400, body: "{\"error\":\(error)}")
    }
    defer { server.stop() }
    let endpoint = try Self.endpoint(server, ["attempts": 1])
    for _ in 0..<2 {
      let answer = try await endpoint.answer(system: "", [.user("x")])
      #expect(answer.text == "yes" && answer.isUntempered && answer.retries == 0)
    }
    #expect(server.log.map { $0.body["temperature"] } == [0, nil, nil])
  }

  @Test func `what is refused without a temperature, too, is refused`() async throws {
    let body = #"{"error":{"message":"temperature, what else?"}}"#
    let server = try ChatServer { _, _ in .init(status: 400, body: body) }
    defer { server.stop() }
    let error = await #expect(throws: AssayError.self) {
      try await Self.endpoint(server).answer(system: "", [.user("x")])
    }
    #expect(error?.code == .io && error?.message.contains("what else?") == true)
    #expect(server.log.count == 2)
  }

  @Test(arguments: ["https://api.openai.com/v1", "http://127.0.0.1:9"])
  func `OpenAI itself is asked with its newer name for the most tokens`(_ base: String) throws {
    let settings = try ChatSettings(
      ["base-url": .string(base), "model": "m"], environment: [:], speaker: Self.speaker)
    let request = try ChatEndpoint(settings).request("", [.user("x")], [])
    let body = try JSONDecoder().decode(JSONValue.self, from: #require(request.httpBody))
    let isOpenAI = base.contains("openai")
    #expect(body["max_completion_tokens"]?.int == (isOpenAI ? 1024 : nil))
    #expect(body["max_tokens"]?.int == (isOpenAI ? nil : 1024))
  }

  @Test func `a turn without words is left out where it would be refused`() {
    let body = AnthropicDialect.body(
      system: "",
      [
        .user("x"), .assistant(" \n"), .user("y"),
        .assistant("\n", calls: [ChatCall(id: "1", name: "look", arguments: "{}")]),
      ], [])
    #expect(
      body["messages"]?.array?.compactMap { $0["role"]?.string } == ["user", "user", "assistant"])
    #expect(body["messages"]?[2]?["content"]?.array?.count == 1)
  }

  @Test func `an answer in parts is their text`() async throws {
    let reply: JSONValue = [
      "choices": [
        [
          "message": [
            "content": [
              ["type": "thinking", "thinking": [["type": "text", "text": "hm"]]],
              ["type": "text", "text": "yes"],
            ]
          ]
        ]
      ]
    ]
    let text = try CanonicalJSON.string(reply)
    let server = try ChatServer { _, _ in .init(body: text) }
    defer { server.stop() }
    let answer = try await Self.endpoint(server).answer(system: "", [.user("x")])
    #expect(answer.text == "yes")
  }

  @Test(arguments: ["", "[]", "{\"choices\":[]}", "{\"choices\":[{\"message\":{}}]}", "<html>"])
  func `an answer in another form is no answer`(_ body: String) async throws {
    let server = try ChatServer { _, _ in .init(body: body) }
    defer { server.stop() }
    let error = await #expect(throws: AssayError.self) {
      try await Self.endpoint(server).answer(system: "", [.user("x")])
    }
    #expect(error?.code == .badAnswer)
  }

  @Test func `nobody at the address is said so`() async throws {
    let server = try ChatServer { _, _ in .saying("") }
    server.stop()
    let error = await #expect(throws: AssayError.self) {
      try await Self.endpoint(server, ["attempts": 2]).answer(system: "", [.user("x")])
    }
    #expect(error?.code == .unreachable)
    #expect(error?.message.contains("the auditor's endpoint was tried 2 times") == true)
  }
}
