import AssayCore
import AssayModels
import Foundation

/// The body of `POST /v1/completions`.
struct CompletionRequest: Sendable {
  /// What is to be continued.
  enum Prompt: Hashable, Sendable {
    case text(String)
    case tokens([Int])
  }

  var sampling: SamplingRequest
  var prompts: [Prompt]
  /// Whether the text begins with the prompt.
  var echoes: Bool
  /// How many alternatives to report for each token; nil: no log-probabilities at all.
  var logProbabilities: Int?

  /// Most tokens where the request does not say, as in OpenAI's interface.
  private static let usualTokens = 16
  private static let known = SamplingRequest.known.union(SamplingRequest.passedOver).union([
    "prompt", "logprobs", "echo", "best_of", "suffix",
  ])

  /// Reads a body; throws `APIFailure` naming what is wrong.
  init(_ body: Data, mostChoices: Int) throws {
    let fields = try RequestFields(body, known: Self.known)
    sampling = try SamplingRequest(fields, mostChoices: mostChoices)
    sampling.maxTokens = sampling.maxTokens ?? Self.usualTokens
    prompts = try Self.prompts(fields["prompt"])
    guard prompts.count * sampling.count <= mostChoices else {
      throw APIFailure.invalid(
        "prompt",
        "\(prompts.count) prompts of \(sampling.count) texts are more than the "
          + "\(mostChoices) that one request may ask for")
    }
    echoes = try fields.bool("echo") ?? false
    logProbabilities = try fields.integer("logprobs", in: 0...20)
    guard !echoes || logProbabilities == nil else {
      throw APIFailure(
        status: 400, message: "'echo' together with 'logprobs' is not supported here",
        parameter: "echo", code: "unsupported_parameter")
    }
    try fields.require("best_of", oneOf: [1, JSONValue(sampling.count)])
    try fields.require("suffix", oneOf: [""])
  }

  /// The tokens of each prompt; throws `APIFailure` for tokens that the model does not have.
  func tokens(_ bundle: ModelBundle) throws -> [[Int]] {
    let tokenizer = try bundle.requireTokenizer()
    let vocabulary = bundle.model.configuration.vocabularySize
    return try prompts.map { prompt in
      switch prompt {
      case .text(let text): return tokenizer.encode(text, addSpecial: true)
      case .tokens(let tokens):
        guard tokens.allSatisfy({ 0..<vocabulary ~= $0 }) else {
          throw APIFailure.invalid("prompt", "tokens must lie in 0...\(vocabulary - 1)")
        }
        return tokens
      }
    }
  }

  /// The text of each prompt.
  func texts(_ bundle: ModelBundle) -> [String] {
    prompts.map { prompt in
      switch prompt {
      case .text(let text): text
      case .tokens(let tokens): bundle.tokenizer?.decode(tokens) ?? ""
      }
    }
  }

  /// A text, texts, tokens, or lists of tokens.
  private static func prompts(_ value: JSONValue?) throws -> [Prompt] {
    if let text = value?.string { return [.text(text)] }
    if let values = value?.array, !values.isEmpty {
      if let texts = value?.strings { return texts.map(Prompt.text) }
      let numbers = values.compactMap(\.int)
      if numbers.count == values.count { return [.tokens(numbers)] }
      let lists = values.compactMap { list -> [Int]? in
        guard let items = list.array else { return nil }
        let tokens = items.compactMap(\.int)
        return tokens.count == items.count ? tokens : nil
      }
      if lists.count == values.count { return lists.map(Prompt.tokens) }
    }
    throw APIFailure.invalid(
      "prompt", "'prompt' must be text, a list of texts, or tokens as whole numbers")
  }
}
