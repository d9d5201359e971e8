import AssayCore
import AssayModels
import Foundation

/// Answers requests with a model, whatever brings them.
final class ModelService: Sendable {
  private let bundle: ModelBundle
  private let settings: ServerSettings
  private let queue: GenerationQueue
  private let seeds: Locked<SplitMix64>
  private let created = Int(Date().timeIntervalSince1970)

  init(_ bundle: ModelBundle, _ settings: ServerSettings) {
    self.bundle = bundle
    self.settings = settings
    queue = GenerationQueue(limit: settings.mostWaiting)
    seeds = Locked(SplitMix64(seed: settings.seed))
  }

  /// Requests that wait or are being answered.
  var answering: Int { queue.count }

  /// Answers a request; what is wrong with it is an answer, too.
  func answer(_ request: WireRequest) async -> WireResponse {
    do {
      return try await route(request)
    } catch {
      return .failure(APIFailure.of(error))
    }
  }

  private func route(_ request: WireRequest) async throws -> WireResponse {
    if request.path == "/health" {
      try require(request, method: "GET")
      return try .value(["status": "ok"])
    }
    try authorize(request)
    switch request.path {
    case "/v1/models":
      try require(request, method: "GET")
      return try .value(["object": "list", "data": [card]])
    case "/v1/chat/completions":
      try require(request, method: "POST")
      return try await chat(request.body)
    case "/v1/completions":
      try require(request, method: "POST")
      return try await complete(request.body)
    case let path where path.hasPrefix("/v1/models/"):
      try require(request, method: "GET")
      let name = String(path.dropFirst("/v1/models/".count))
      try requireModel(name.removingPercentEncoding ?? name)
      return try .value(card)
    default:
      throw APIFailure(
        status: 404, message: "there is nothing at \(request.method) \(request.path)",
        code: "unknown_url")
    }
  }

  // MARK: Before a request is answered

  private func require(_ request: WireRequest, method: String) throws {
    guard request.method == method else {
      throw APIFailure(
        status: 405, message: "\(request.path) takes \(method), not \(request.method)",
        code: "method_not_allowed")
    }
    guard method == "POST" else { return }
    // A page in a browser cannot send JSON to this computer without being allowed to.
    let type = request.header("Content-Type")?.lowercased() ?? ""
    guard type.hasPrefix("application/json") else {
      throw APIFailure(
        status: 415, message: "send the body with Content-Type: application/json",
        code: "unsupported_media_type")
    }
  }

  private func authorize(_ request: WireRequest) throws {
    guard let key = settings.key else { return }
    let given = Array((request.header("Authorization") ?? "").utf8)
    let wanted = Array("Bearer \(key)".utf8)
    // All bytes are compared, so that the time taken tells nothing of the key.
    let differences = zip(given, wanted).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
    guard given.count == wanted.count, differences == 0 else {
      throw APIFailure(status: 401, message: "the key is missing or wrong", code: "invalid_api_key")
    }
  }

  private func requireModel(_ name: String) throws {
    guard name == settings.modelName else {
      throw APIFailure(
        status: 404,
        message: "The model `\(name)` does not exist; this server has "
          + "`\(settings.modelName)`", parameter: "model", code: "model_not_found")
    }
  }

  private var card: JSONValue {
    [
      "id": .string(settings.modelName), "object": "model", "created": JSONValue(created),
      "owned_by": "assay", "max_model_len": JSONValue(bundle.model.configuration.contextLength),
    ]
  }

  // MARK: The two ways of asking

  private func chat(_ body: Data) async throws -> WireResponse {
    let request = try ChatRequest(body, mostChoices: settings.mostChoices)
    try requireModel(request.sampling.model)
    let prompt = try request.prompt(bundle)
    return try await write(
      [prompt], .chat(parsesCalls: request.tools != nil), request.sampling,
      logProbabilities: request.logProbabilities, parameter: "messages")
  }

  private func complete(_ body: Data) async throws -> WireResponse {
    let request = try CompletionRequest(body, mostChoices: settings.mostChoices)
    try requireModel(request.sampling.model)
    let prompts = try request.tokens(bundle)
    let echoed = request.echoes ? request.texts(bundle) : nil
    return try await write(
      prompts, .completion(echoed: echoed), request.sampling,
      logProbabilities: request.logProbabilities, parameter: "prompt")
  }

  private func write(
    _ prompts: [[Int]], _ kind: AnswerForm.Kind, _ sampling: SamplingRequest,
    logProbabilities: Int?, parameter: String
  ) async throws -> WireResponse {
    let context = bundle.model.configuration.contextLength
    for prompt in prompts {
      guard !prompt.isEmpty else { throw APIFailure.invalid(parameter, "the prompt is empty") }
      guard prompt.count < context else {
        throw APIFailure.invalid(
          parameter,
          "This model's maximum context length is \(context) tokens, and the prompt has "
            + "\(prompt.count); shorten it", code: "context_length_exceeded")
      }
    }
    let seed = sampling.seed ?? seeds.withLock { SamplingRequest.seed(from: &$0) }
    let form = AnswerForm(
      kind, bundle, model: settings.modelName, sampling, seed: seed,
      logProbabilities: logProbabilities, promptTokens: prompts.reduce(0) { $0 + $1.count })
    let room = min(context - (prompts.map(\.count).min() ?? 0), settings.mostTokens)
    let options = sampling.options(
      room: room, seed: seed, topLogProbabilities: logProbabilities ?? 0)
    let tokens = prompts.flatMap { [[Int]](repeating: $0, count: sampling.count) }
    let generator = TextGenerator(bundle)
    guard sampling.streams else {
      let generations = try await queue.run {
        try generator.generate(tokens: tokens, options: options)
      }
      return try .value(form.whole(generations))
    }
    let (stream, continuation) = AsyncStream<Data>.makeStream()
    let writer = EventWriter(continuation, form, texts: tokens.count)
    try queue.start {
      writer.write { onPiece in
        try generator.generate(tokens: tokens, options: options, onPiece: onPiece)
      }
    }
    return .events(stream)
  }
}
