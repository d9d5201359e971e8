import AssayCore
import AssayModels
import Foundation

/// The form of an answer: a chat's or a completion's, whole or in pieces.
struct AnswerForm: Sendable {
  /// What was asked.
  enum Kind: Sendable {
    /// A chat; `parsesCalls` where functions were offered.
    case chat(parsesCalls: Bool)
    /// A completion; `echoed` are the prompts' texts where they are to be repeated.
    case completion(echoed: [String]?)

    /// Whether it is a chat.
    var isChat: Bool {
      if case .chat = self { return true }
      return false
    }
  }

  let kind: Kind
  let bundle: ModelBundle
  let model: String
  let sampling: SamplingRequest
  /// The seed that the texts were drawn with.
  let seed: UInt64
  let logProbabilities: Int?
  /// Texts per prompt.
  let count: Int
  /// Tokens of all prompts, each counted once.
  let promptTokens: Int
  private let id: String
  private let created = Int(Date().timeIntervalSince1970)

  init(
    _ kind: Kind, _ bundle: ModelBundle, model: String, _ sampling: SamplingRequest, seed: UInt64,
    logProbabilities: Int?, promptTokens: Int
  ) {
    self.kind = kind
    self.bundle = bundle
    self.model = model
    self.sampling = sampling
    self.seed = seed
    self.logProbabilities = logProbabilities
    self.promptTokens = promptTokens
    count = sampling.count
    let number = UUID().uuidString.lowercased().filter { $0 != "-" }
    id = kind.isChat ? "chatcmpl-\(number)" : "cmpl-\(number)"
  }

  /// Whether pieces can be sent as they are written: not where they may turn out to be calls.
  var sendsPieces: Bool {
    if case .chat(true) = kind { return false }
    return true
  }

  /// What was used.
  func usage(written: Int) -> JSONValue {
    [
      "prompt_tokens": JSONValue(promptTokens), "completion_tokens": JSONValue(written),
      "total_tokens": JSONValue(promptTokens + written),
    ]
  }

  /// The whole answer.
  func whole(_ generations: [Generation]) -> JSONValue {
    let choices = generations.enumerated().map { index, generation -> JSONValue in
      let text = WrittenText(generation)
      let finish = WrittenText.finish(text.tokens, stops: sampling.stops, bundle)
      switch kind {
      case .chat(let parsesCalls):
        var message: JSONValue = ["role": "assistant", "content": .string(text.text)]
        message["refusal"] = .null
        var ended = finish
        let calls = parsesCalls ? FunctionCalls(text.text) : nil
        if let calls, !calls.calls.isEmpty {
          message["content"] = calls.rest.isEmpty ? .null : .string(calls.rest)
          message["tool_calls"] = .array(calls.calls)
          ended = "tool_calls"
        }
        return [
          "index": JSONValue(index), "message": message, "finish_reason": .string(ended),
          "logprobs": logProbabilities.map {
            text.chatLogProbabilities(bundle, alternatives: $0)
          } ?? .null,
        ]
      case .completion(let echoed):
        let prompt = echoed.map { $0[index / count] } ?? ""
        return [
          "index": JSONValue(index), "text": .string(prompt + text.text),
          "finish_reason": .string(finish),
          "logprobs": logProbabilities.map {
            text.completionLogProbabilities(bundle, alternatives: $0, offset: 0)
          } ?? .null,
        ]
      }
    }
    var answer = envelope(isChunk: false, choices: choices)
    answer["usage"] = usage(written: generations.reduce(0) { $0 + $1.tokens.count })
    return answer
  }

  /// What comes before the pieces of the text at `index`, nil for nothing.
  func opening(_ index: Int) -> JSONValue? {
    switch kind {
    case .chat:
      return chunk(index, delta: ["role": "assistant", "content": ""])
    case .completion(let echoed):
      return echoed.map { envelope(isChunk: true, choices: [choice(index, $0[index / count])]) }
    }
  }

  /// A piece of the text at `index`; `offset` characters of it were sent before.
  func piece(_ index: Int, _ text: WrittenText, offset: Int) -> JSONValue {
    switch kind {
    case .chat:
      return chunk(
        index, delta: ["content": .string(text.text)],
        logProbabilities: logProbabilities.map {
          text.chatLogProbabilities(bundle, alternatives: $0)
        })
    case .completion:
      var entry = choice(index, text.text)
      if let logProbabilities {
        entry["logprobs"] = text.completionLogProbabilities(
          bundle, alternatives: logProbabilities, offset: offset)
      }
      return envelope(isChunk: true, choices: [entry])
    }
  }

  /// What ends the text of `tokens` at `index`.
  func ending(_ index: Int, _ tokens: [Int]) -> JSONValue {
    let finish = JSONValue.string(WrittenText.finish(tokens, stops: sampling.stops, bundle))
    switch kind {
    case .chat: return chunk(index, delta: [:], finish: finish)
    case .completion:
      var last = choice(index, "")
      last["finish_reason"] = finish
      return envelope(isChunk: true, choices: [last])
    }
  }

  /// A whole chat text as one chunk, with the calls in it, and the chunk that ends it.
  func withCalls(_ index: Int, _ generation: Generation) -> [JSONValue] {
    let calls = FunctionCalls(generation.text)
    guard !calls.calls.isEmpty else {
      return [
        piece(index, WrittenText(generation), offset: 0), ending(index, generation.tokens),
      ]
    }
    let numbered = calls.calls.enumerated().map { number, call -> JSONValue in
      var call = call
      call["index"] = JSONValue(number)
      return call
    }
    var delta: JSONValue = ["tool_calls": .array(numbered)]
    if !calls.rest.isEmpty { delta["content"] = .string(calls.rest) }
    return [chunk(index, delta: delta), chunk(index, delta: [:], finish: "tool_calls")]
  }

  /// The chunk that says what was used.
  func closing(written: Int) -> JSONValue {
    var chunk = envelope(isChunk: true, choices: [])
    chunk["usage"] = usage(written: written)
    return chunk
  }

  private func choice(_ index: Int, _ text: String) -> JSONValue {
    [
      "index": JSONValue(index), "text": .string(text), "logprobs": .null, "finish_reason": .null,
    ]
  }

  private func chunk(
    _ index: Int, delta: JSONValue, logProbabilities: JSONValue? = nil, finish: JSONValue = .null
  ) -> JSONValue {
    let choice: JSONValue = [
      "index": JSONValue(index), "delta": delta, "logprobs": logProbabilities ?? .null,
      "finish_reason": finish,
    ]
    return envelope(isChunk: true, choices: [choice])
  }

  private func envelope(isChunk: Bool, choices: [JSONValue]) -> JSONValue {
    let object =
      kind.isChat ? (isChunk ? "chat.completion.chunk" : "chat.completion") : "text_completion"
    var value: JSONValue = [
      "id": .string(id), "object": .string(object), "created": JSONValue(created),
      "model": .string(model), "choices": .array(choices),
    ]
    // What a request may name as its seed.
    value["assay_seed"] = .string("\(Int64(bitPattern: seed))")
    return value
  }
}
