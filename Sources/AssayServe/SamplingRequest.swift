import AssayCore
import AssayModels

/// What chats and completions ask alike: how the text is chosen and how it is sent.
struct SamplingRequest: Sendable {
  /// The name of the model.
  var model: String
  /// Most tokens to write, nil for as many as the context holds.
  var maxTokens: Int?
  var temperature: Double
  var topK: Int
  var topP: Double
  /// nil: the server draws one.
  var seed: UInt64?
  var stops: [String]
  /// Texts for each prompt.
  var count: Int
  var streams: Bool
  /// Whether a stream ends with what was used.
  var includesUsage: Bool

  /// Members of a body that are read here.
  static let known: Set<String> = [
    "model", "max_tokens", "temperature", "top_k", "top_p", "seed", "stop", "n", "stream",
    "stream_options", "frequency_penalty", "presence_penalty", "logit_bias",
  ]
  /// Members that say nothing about the text, and are passed over.
  static let passedOver: Set<String> = [
    "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key",
  ]
  /// Most stop strings, as in OpenAI's interface.
  private static let mostStops = 4
  /// Seeds lie between this and its negative: beyond, JSON's numbers are not exact.
  private static let mostSeed = (1 << 53) - 1

  /// Reads them; throws `APIFailure` naming what is wrong.
  init(_ fields: RequestFields, mostChoices: Int) throws {
    guard let model = try fields.text("model"), !model.isEmpty else {
      throw APIFailure.invalid("model", "you must provide a model parameter")
    }
    self.model = model
    maxTokens = try fields.integer("max_tokens", in: 1...1_000_000)
    temperature = try fields.number("temperature", in: 0...2) ?? 1
    topK = try fields.integer("top_k", in: 0...10_000_000) ?? 0
    topP = try fields.number("top_p", in: 0...1) ?? 1
    guard topP > 0 else { throw APIFailure.invalid("top_p", "'top_p' must be above 0") }
    seed = try fields.integer("seed", in: -Self.mostSeed...Self.mostSeed)
      .map { UInt64(bitPattern: Int64($0)) }
    stops = try Self.stops(fields["stop"])
    count = try fields.integer("n", in: 1...mostChoices) ?? 1
    streams = try fields.bool("stream") ?? false
    includesUsage = false
    if let options = fields["stream_options"] {
      guard let members = options.object else {
        throw APIFailure.invalid("stream_options", "'stream_options' must be an object")
      }
      guard streams else {
        throw APIFailure.invalid(
          "stream_options", "'stream_options' is for requests with 'stream': true")
      }
      includesUsage = members["include_usage"]?.bool ?? false
    }
    try fields.require("frequency_penalty", oneOf: [0])
    try fields.require("presence_penalty", oneOf: [0])
    try fields.require("logit_bias", oneOf: [[:]])
  }

  private static func stops(_ value: JSONValue?) throws -> [String] {
    guard let value else { return [] }
    guard let texts = value.string.map({ [$0] }) ?? value.strings else {
      throw APIFailure.invalid("stop", "'stop' must be text or a list of texts, got \(value.kind)")
    }
    guard texts.count <= mostStops, texts.allSatisfy({ !$0.isEmpty }) else {
      throw APIFailure.invalid(
        "stop", "'stop' holds at most \(mostStops) texts, none of them empty")
    }
    return texts
  }

  /// Draws a seed that a request can name.
  static func seed(from random: inout SplitMix64) -> UInt64 { random.next() >> 11 }

  /// The same for the generator.
  func options(room: Int, seed: UInt64, topLogProbabilities: Int) -> GenerationOptions {
    GenerationOptions(
      maxNewTokens: min(maxTokens ?? room, room), temperature: temperature, topK: topK, topP: topP,
      seed: seed, stopStrings: stops, topLogProbabilities: topLogProbabilities)
  }
}
