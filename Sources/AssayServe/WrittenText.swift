import AssayCore
import AssayModels
import AssayText

/// A text that was written, or a piece of one, as answers report it.
struct WrittenText: Sendable {
  var text: String
  var tokens: [Int]
  var logProbabilities: [Double]
  var alternatives: [[TokenLogProbability]]

  init(_ generation: Generation) {
    (text, tokens) = (generation.text, generation.tokens)
    (logProbabilities, alternatives) = (generation.logProbabilities, generation.alternatives)
  }

  init(_ piece: TextPiece) {
    (text, tokens) = (piece.text, piece.tokens)
    (logProbabilities, alternatives) = (piece.logProbabilities, piece.alternatives)
  }

  /// The least log-probability that is reported: JSON knows no infinity.
  private static let least = -9999.0

  /// Why a text of these tokens ended: "stop" at a stop token or stop string, else "length".
  static func finish(_ tokens: [Int], stops: [String], _ bundle: ModelBundle) -> String {
    if let last = tokens.last, bundle.endOfSequence.contains(last) { return "stop" }
    guard !stops.isEmpty, let tokenizer = bundle.tokenizer else { return "length" }
    let text = tokenizer.decode(tokens)
    return stops.contains { text.contains($0) } ? "stop" : "length"
  }

  /// `logprobs` of a chat: each token of the text with its likeliest alternatives.
  func chatLogProbabilities(_ bundle: ModelBundle, alternatives count: Int) -> JSONValue {
    let content = shown(bundle).map { place -> JSONValue in
      var entry = Self.entry(tokens[place], logProbabilities[place], bundle)
      let best = count > 0 && place < alternatives.count ? alternatives[place].prefix(count) : []
      entry["top_logprobs"] = .array(
        best.map { Self.entry($0.token, $0.logProbability, bundle) })
      return entry
    }
    return ["content": .array(content), "refusal": .null]
  }

  /// `logprobs` of a completion; `offset` characters of the text come before.
  func completionLogProbabilities(
    _ bundle: ModelBundle, alternatives count: Int, offset: Int
  ) -> JSONValue {
    var offset = offset
    var rows: (texts: [String], offsets: [Int], best: [JSONValue]) = ([], [], [])
    let shown = shown(bundle)
    for place in shown {
      let text = Self.text(tokens[place], bundle)
      rows.texts.append(text)
      rows.offsets.append(offset)
      offset += text.count
      let best = place < alternatives.count ? alternatives[place].prefix(count) : []
      rows.best.append(
        .object(
          Dictionary(
            best.map { (Self.text($0.token, bundle), .number(max($0.logProbability, Self.least))) },
            uniquingKeysWith: { first, _ in first })))
    }
    return [
      "tokens": JSONValue(rows.texts),
      "token_logprobs": .array(
        shown.map { .number(max(logProbabilities[$0], Self.least)) }),
      "top_logprobs": count > 0 ? .array(rows.best) : .null,
      "text_offset": JSONValue(rows.offsets),
    ]
  }

  /// The places of tokens that are part of the text: all but a final stop token.
  private func shown(_ bundle: ModelBundle) -> Range<Int> {
    let endsInStop = tokens.last.map(bundle.endOfSequence.contains) ?? false
    return 0..<(endsInStop ? tokens.count - 1 : tokens.count)
  }

  private static func text(_ token: Int, _ bundle: ModelBundle) -> String {
    bundle.tokenizer?.decode([token]) ?? ""
  }

  private static func entry(
    _ token: Int, _ logProbability: Double, _ bundle: ModelBundle
  ) -> JSONValue {
    [
      "token": .string(text(token, bundle)), "logprob": .number(max(logProbability, least)),
      "bytes": bundle.tokenizer?.bytes(of: token).map { JSONValue($0.map(Int.init)) } ?? .null,
    ]
  }
}
