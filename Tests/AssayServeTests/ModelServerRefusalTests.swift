import AssayCore
import Foundation
import Testing

@testable import AssayServe

@Suite struct ModelServerRefusalTests {
  private static let user: JSONValue = [["role": "user", "content": "hello"]]

  @Test func `what is wrong with a request is named in OpenAI's form`() async throws {
    let server = try await ServerFixture.start { $0.mostChoices = 4 }
    let chat = "/chat/completions"
    let long = JSONValue(String(repeating: "hello ", count: 400))
    let cases: [(path: String, body: JSONValue, status: Int, parameter: String?, says: String)] = [
      (chat, ["messages": Self.user], 400, "model", "you must provide a model"),
      (chat, ["model": "other", "messages": Self.user], 404, "model", "does not exist"),
      (chat, ["model": "tiny"], 400, "messages", "at least one message"),
      (chat, ["model": "tiny", "messages": []], 400, "messages", "at least one message"),
      (
        chat, ["model": "tiny", "messages": [["role": "boss", "content": "x"]]], 400,
        "messages[0].role", "'boss' is not one of"
      ),
      (
        chat,
        ["model": "tiny", "messages": [["role": "user", "content": [["type": "image_url"]]]]],
        400, "messages[0].content", "not text"
      ),
      (chat, ["model": "tiny", "messages": Self.user, "n": 5], 400, "n", "1...4, got 5"),
      (
        chat, ["model": "tiny", "messages": Self.user, "temperature": 3], 400, "temperature",
        "0.0...2.0"
      ),
      (
        chat, ["model": "tiny", "messages": Self.user, "max_tokens": "9"], 400, "max_tokens",
        "a whole number, got text"
      ),
      (chat, ["model": "tiny", "messages": Self.user, "top_p": 0], 400, "top_p", "above 0"),
      (
        chat, ["model": "tiny", "messages": Self.user, "seed": 9_007_199_254_740_992], 400, "seed",
        "must lie in"
      ),
      (
        chat, ["model": "tiny", "messages": Self.user, "tempreature": 1], 400, "tempreature", "Unre"
      ),
      (
        chat, ["model": "tiny", "messages": Self.user, "top_logprobs": 2], 400, "top_logprobs",
        "needs 'logprobs'"
      ),
      (
        chat, ["model": "tiny", "messages": Self.user, "frequency_penalty": 0.5], 400,
        "frequency_penalty", "not supported"
      ),
      (
        chat,
        ["model": "tiny", "messages": Self.user, "response_format": ["type": "json_object"]], 400,
        "response_format", "not supported"
      ),
      (
        chat, ["model": "tiny", "messages": [["role": "user", "content": long]]], 400, "messages",
        "maximum context length is 256"
      ),
      ("/completions", ["model": "tiny", "prompt": ""], 400, "prompt", "empty"),
      ("/completions", ["model": "tiny", "prompt": [1, -4]], 400, "prompt", "tokens must lie"),
      ("/completions", ["model": "tiny", "prompt": 3], 400, "prompt", "must be text"),
      (
        "/completions", ["model": "tiny", "prompt": "x", "stop": ["a", "b", "c", "d", "e"]], 400,
        "stop", "at most 4"
      ),
      ("/nothing", ["model": "tiny"], 404, nil, "there is nothing at POST /v1/nothing"),
      ("/models", ["model": "tiny"], 405, nil, "takes GET, not POST"),
    ]
    for wrong in cases {
      let answer = try await server.post(wrong.path, wrong.body)
      #expect(answer.status == wrong.status, "\(wrong)")
      let error = try #require(answer.json["error"], "\(wrong)")
      #expect(error["param"]?.string == wrong.parameter, "\(wrong)")
      #expect(error["message"]?.string?.contains(wrong.says) == true, "\(error)")
      #expect(error["type"] == "invalid_request_error")
    }
    try await server.stop()
  }

  @Test func `a body that is no JSON, no object or of another type is refused`() async throws {
    let server = try await ServerFixture.start()
    let broken = try await server.post("/completions", data: Data("{\"model\": ".utf8))
    #expect(broken.status == 400)
    #expect(broken.json["error"]?["message"] == "the body is not valid JSON")
    let list = try await server.post("/completions", ["tiny"])
    #expect(list.status == 400)
    let form = try await server.post(
      "/completions", ["model": "tiny", "prompt": "x"], headers: ["Content-Type": "text/plain"])
    #expect(form.status == 415)
    try await server.stop()
  }

  @Test func `a body over the limit is refused, and the server goes on`() async throws {
    let server = try await ServerFixture.start { $0.mostBytes = 20_000 }
    let text = String(repeating: "a", count: 30_000)
    let long = try await server.post("/completions", ["model": "tiny", "prompt": .string(text)])
    #expect(long.status == 413)
    #expect(long.json["error"]?["code"] == "request_too_large")
    let fits = try await server.post(
      "/completions", ["model": "tiny", "prompt": "a", "max_tokens": 2])
    #expect(fits.status == 200)
    try await server.stop()
  }

  @Test func `a server with a key answers nobody without it`() async throws {
    let server = try await ServerFixture.start { $0.key = "of gold" }
    let body: JSONValue = ["model": "tiny", "prompt": "x", "max_tokens": 1]
    for given in ["", "Bearer of lead", "Bearer of golde", "of gold"] {
      let answer = try await server.post(
        "/completions", body, headers: given.isEmpty ? [:] : ["Authorization": given])
      #expect(answer.status == 401)
      #expect(answer.json["error"]?["code"] == "invalid_api_key")
    }
    let answer = try await server.post(
      "/completions", body, headers: ["Authorization": "Bearer of gold"])
    #expect(answer.status == 200)
    try await server.stop()
  }

  @Test func `requests beyond those that may wait are told to come back`() async throws {
    let server = try await ServerFixture.start { $0.mostWaiting = 1 }
    let body: JSONValue = [
      "model": "tiny", "prompt": "x", "max_tokens": 200, "n": 16, "temperature": 1,
    ]
    let answers = try await withThrowingTaskGroup(of: ServerFixture.Answer.self) { group in
      for _ in 0..<6 { group.addTask { try await server.post("/completions", body) } }
      return try await group.reduce(into: [ServerFixture.Answer]()) { $0.append($1) }
    }
    let refused = answers.filter { $0.status == 503 }
    #expect(!refused.isEmpty && answers.contains { $0.status == 200 })
    #expect(refused.allSatisfy { $0.headers["retry-after"] == "1" })
    try await server.stop()
  }

  @Test func `an address that is none and a port that is taken are named`() async throws {
    await #expect(throws: AssayError.self) {
      try await ServerFixture.start { $0.host = "no-such-place" }
    }
    let server = try await ServerFixture.start()
    let port = try #require(URL(string: server.address)?.port)
    let error = await #expect(throws: AssayError.self) {
      try await ServerFixture.start { $0.port = UInt16(port) }
    }
    #expect(error?.message.contains("cannot listen on 127.0.0.1:\(port)") == true)
    try await server.stop()
  }
}
