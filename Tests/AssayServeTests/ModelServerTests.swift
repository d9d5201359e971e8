import AssayCore
import AssayModels
import Foundation
import Testing

@testable import AssayServe

@Suite struct ModelServerTests {
  private static func chat(_ more: JSONValue = [:]) -> JSONValue {
    let base: JSONValue = [
      "model": "tiny", "messages": [["role": "user", "content": "hello"]], "max_tokens": 12,
      "temperature": 0,
    ]
    return .object((base.object ?? [:]).merging(more.object ?? [:]) { $1 })
  }

  private static func completion(_ more: JSONValue = [:]) -> JSONValue {
    let base: JSONValue = [
      "model": "tiny", "prompt": "The capital", "max_tokens": 12, "temperature": 0,
    ]
    return .object((base.object ?? [:]).merging(more.object ?? [:]) { $1 })
  }

  @Test func `a completion is what the generator writes`() async throws {
    let server = try await ServerFixture.start()
    let answer = try await server.post("/completions", Self.completion())
    #expect(answer.status == 200)
    let own = try TextGenerator(server.bundle)
      .generate(prompts: ["The capital"], options: .greedy(12))[0]
    let choice = try #require(answer.json["choices"]?[0])
    #expect(choice["text"]?.string == own.text)
    let ended = server.bundle.endOfSequence.contains(own.tokens.last ?? -1)
    #expect(choice["finish_reason"] == (ended ? "stop" : "length"))
    #expect(answer.json["object"] == "text_completion")
    let prompt = try server.bundle.requireTokenizer().encode("The capital").count
    #expect(
      answer.json["usage"] == [
        "prompt_tokens": JSONValue(prompt), "completion_tokens": JSONValue(own.tokens.count),
        "total_tokens": JSONValue(prompt + own.tokens.count),
      ])
    try await server.stop()
  }

  @Test func `a chat goes through the template, and a developer's turn is the system's`()
    async throws
  {
    let server = try await ServerFixture.start()
    let answer = try await server.post(
      "/chat/completions",
      Self.chat([
        "messages": [
          ["role": "developer", "content": "Be brief."],
          [
            "role": "user",
            "content": [["type": "text", "text": "hel"], ["type": "text", "text": "lo"]],
          ],
        ]
      ]))
    let text = "<|system|>Be brief.<|end|><|user|>hello<|end|><|assistant|>"
    let tokens = try server.bundle.requireTokenizer().encode(text)
    let own = try TextGenerator(server.bundle).generate(tokens: [tokens], options: .greedy(12))[0]
    #expect(answer.json["choices"]?[0]?["message"]?["content"]?.string == own.text)
    #expect(answer.json["usage"]?["prompt_tokens"]?.int == tokens.count)
    #expect(answer.json["object"] == "chat.completion")
    try await server.stop()
  }

  @Test(arguments: ["chat", "completion"])
  func `the pieces of a stream are the whole text, with its log-probabilities and usage`(
    _ kind: String
  ) async throws {
    let server = try await ServerFixture.start()
    let isChat = kind == "chat"
    let path = isChat ? "/chat/completions" : "/completions"
    let asked: JSONValue = [
      "temperature": 1, "seed": 5, "n": 3, "max_tokens": 20,
      "logprobs": isChat ? true : 2,
    ]
    let more: JSONValue = isChat ? ["top_logprobs": 2] : [:]
    var body = isChat ? Self.chat(asked) : Self.completion(asked)
    for (name, value) in more.object ?? [:] { body[name] = value }
    let whole = try await server.post(path, body)
    #expect(whole.status == 200)
    body["stream"] = true
    body["stream_options"] = ["include_usage": true]
    let stream = try await server.post(path, body)
    #expect(stream.headers["content-type"]?.hasPrefix("text/event-stream") == true)
    let events = try #require(stream.events)
    #expect(events.last?["usage"] == whole.json["usage"])
    let wanted = isChat ? "chat.completion.chunk" : "text_completion"
    #expect(events.allSatisfy { $0["object"]?.string == wanted })
    var texts = ["", "", ""]
    var finishes = [JSONValue](repeating: .null, count: 3)
    var logProbabilities = [[JSONValue]](repeating: [], count: 3)
    for choice in events.compactMap({ $0["choices"]?[0] }) {
      let row = try #require(choice["index"]?.int)
      texts[row] += (isChat ? choice["delta"]?["content"] : choice["text"])?.string ?? ""
      if let finish = choice["finish_reason"], finish != .null { finishes[row] = finish }
      let list = isChat ? choice["logprobs"]?["content"] : choice["logprobs"]?["token_logprobs"]
      logProbabilities[row] += list?.array ?? []
    }
    for row in 0..<3 {
      let choice = try #require(whole.json["choices"]?[row])
      let text = isChat ? choice["message"]?["content"] : choice["text"]
      #expect(text?.string == texts[row])
      #expect(choice["finish_reason"] == finishes[row])
      let list = isChat ? choice["logprobs"]?["content"] : choice["logprobs"]?["token_logprobs"]
      #expect(list?.array == logProbabilities[row])
      #expect(logProbabilities[row].count >= 19)
    }
    #expect(Set(texts).count == 3)
    try await server.stop()
  }

  @Test func `log-probabilities are the model's own, and alternatives come likeliest first`()
    async throws
  {
    let server = try await ServerFixture.start()
    let answer = try await server.post(
      "/chat/completions", Self.chat(["logprobs": true, "top_logprobs": 3]))
    let content = try #require(answer.json["choices"]?[0]?["logprobs"]?["content"]?.array)
    for entry in content {
      let best = (entry["top_logprobs"]?.array ?? []).compactMap { $0["logprob"]?.double }
      #expect(best.count == 3 && best == best.sorted(by: >))
      // The likeliest token was taken.
      #expect(entry["logprob"]?.double == best.first)
      let bytes = (entry["bytes"]?.array ?? []).compactMap(\.int).map { UInt8($0) }
      #expect(String(decoding: bytes, as: UTF8.self) == entry["token"]?.string)
    }
    try await server.stop()
  }

  @Test func `the same seed writes the same text, and without one each request has its own`()
    async throws
  {
    let server = try await ServerFixture.start()
    let free: JSONValue = ["temperature": 1, "max_tokens": 24]
    var seeded = free
    seeded["seed"] = -7
    let first = try await server.post("/completions", Self.completion(seeded))
    let again = try await server.post("/completions", Self.completion(seeded))
    #expect(first.json["choices"] == again.json["choices"])
    let one = try await server.post("/completions", Self.completion(free))
    let two = try await server.post("/completions", Self.completion(free))
    #expect(one.json["choices"] != two.json["choices"])
    // What a server drew can be asked for.
    let drawn = try #require(one.json["assay_seed"]?.string.flatMap(Int.init))
    #expect(drawn != two.json["assay_seed"]?.string.flatMap(Int.init))
    seeded["seed"] = JSONValue(drawn)
    let asked = try await server.post("/completions", Self.completion(seeded))
    #expect(asked.json["choices"] == one.json["choices"])
    #expect(first.json["assay_seed"] == "-7")
    try await server.stop()
  }

  @Test func `next to no temperature and next to no top-p take the likeliest token`() async throws {
    let server = try await ServerFixture.start()
    let likeliest = try await server.post("/completions", Self.completion())
    let cases: [JSONValue] = [["temperature": 1e-40], ["temperature": 1, "top_p": 1e-300]]
    for little in cases {
      let answer = try await server.post("/completions", Self.completion(little))
      #expect(answer.json["choices"] == likeliest.json["choices"])
    }
    try await server.stop()
  }

  @Test func `a text is cut before a stop string, streamed or not`() async throws {
    let server = try await ServerFixture.start()
    let free = try await server.post("/completions", Self.completion(["max_tokens": 40]))
    let text = try #require(free.json["choices"]?[0]?["text"]?.string)
    let middle = text.index(text.startIndex, offsetBy: text.count / 2)
    let stop = String(text[middle...].prefix(3))
    let wanted = String(text[..<(try #require(text.range(of: stop)).lowerBound)])
    var body = Self.completion(["max_tokens": 40, "stop": [.string(stop)]])
    let cut = try await server.post("/completions", body)
    #expect(cut.json["choices"]?[0]?["text"]?.string == wanted)
    #expect(cut.json["choices"]?[0]?["finish_reason"] == "stop")
    body["stream"] = true
    let events = try #require(try await server.post("/completions", body).events)
    let pieces = events.compactMap { $0["choices"]?[0]?["text"]?.string }
    #expect(pieces.joined() == wanted)
    #expect(events.last?["choices"]?[0]?["finish_reason"] == "stop")
    try await server.stop()
  }

  @Test func `several prompts, as texts or as tokens, are answered in their order`() async throws {
    let server = try await ServerFixture.start()
    let tokenizer = try server.bundle.requireTokenizer()
    let texts = ["The capital", "One two three"]
    let asTexts = try await server.post(
      "/completions", Self.completion(["prompt": JSONValue(texts), "n": 2, "echo": true]))
    let asTokens = try await server.post(
      "/completions",
      Self.completion([
        "prompt": .array(texts.map { JSONValue(tokenizer.encode($0)) }), "n": 2, "echo": true,
      ]))
    let choices = try #require(asTexts.json["choices"]?.array)
    #expect(choices.count == 4 && asTokens.json["choices"] == asTexts.json["choices"])
    for (index, choice) in choices.enumerated() {
      #expect(choice["index"]?.int == index)
      #expect(choice["text"]?.string?.hasPrefix(texts[index / 2]) == true)
    }
    try await server.stop()
  }

  @Test func `requests at the same time are all answered`() async throws {
    let server = try await ServerFixture.start()
    let texts = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<12 {
        group.addTask {
          try await server.post("/completions", Self.completion())
            .json["choices"]?[0]?["text"]?.string
        }
      }
      return try await group.reduce(into: [String?]()) { $0.append($1) }
    }
    #expect(texts.count == 12 && Set(texts).count == 1 && texts[0] != nil)
    try await server.stop()
  }

  @Test func `models are listed, and the server says that it is there`() async throws {
    let server = try await ServerFixture.start()
    let spaced = try await ServerFixture.start { $0.modelName = "owner/a model" }
    #expect(try await spaced.get("/models/owner%2Fa%20model").status == 200)
    try await spaced.stop()
    let list = try await server.get("/models")
    #expect(list.json["data"]?[0]?["id"] == "tiny")
    #expect(list.json["data"]?[0]?["max_model_len"] == 256)
    let one = try await server.get("/models/tiny")
    #expect(one.json == list.json["data"]?[0])
    let health = try await server.get("/../health")
    #expect(health.json == ["status": "ok"])
    try await server.stop()
  }

  @Test func `what is being answered is answered to its end when the server stops`() async throws {
    let server = try await ServerFixture.start()
    let body = Self.completion(["max_tokens": 200, "stream": true, "n": 8, "temperature": 1])
    async let answer = server.post("/completions", body)
    try await server.waitUntilBusy()
    try await server.stop()
    let events = try #require(try await answer.events)
    let finished = events.compactMap { $0["choices"]?[0]?["finish_reason"]?.string }
    #expect(finished.count == 8)
    await #expect(throws: (any Error).self) { try await server.get("/models") }
  }
}
