import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Natural documents of allowed sources, as a tool that looks inside the suspect reads them.
struct DocumentStates {
  /// A document cut to the context.
  struct Text {
    var source: String
    var index: Int
    var ids: [Int]
  }

  let texts: [Text]

  /// `count` documents of each of `sources`, all allowed ones where there are none, after `skip`.
  ///
  /// Throws `AssayError(.forbidden)` for a source that the rules do not list, and where they list none.
  init(_ suspect: Suspect, sources: [String], count: Int, skip: Int = 0) throws {
    let tokenizer = try suspect.tokenizer()
    let named = sources.isEmpty ? suspect.sources : sources
    guard !named.isEmpty else {
      throw AssayError(
        .forbidden, "rules '\(suspect.rules.name)' allow no source of natural text")
    }
    texts = try named.flatMap { source in
      try suspect.documents(from: source, count: count, skip: skip).map {
        Text(
          source: $0.source, index: $0.index,
          ids: Array(tokenizer.encode($0.text).prefix(suspect.contextLength)))
      }
    }.filter { $0.ids.count >= 2 }
    guard !texts.isEmpty else {
      throw AssayError(
        .unsupported, "no document has two tokens in a context of \(suspect.contextLength)",
        hint: "give a suspect with a longer context")
    }
  }

  /// Documents in one pass.
  private static let rows = 16

  /// Numbers of documents of similar length that are read together.
  var batches: [[Int]] {
    let order = texts.indices.sorted { (texts[$0].ids.count, $0) < (texts[$1].ids.count, $1) }
    return PromptBatch.chunks(order, of: Self.rows).map { Array($0) }
  }

  /// Tokens of a pass over all documents, padding included.
  var cost: Int {
    batches.reduce(0) { $0 + $1.count * ($1.map { texts[$0].ids.count }.max() ?? 0) }
  }

  /// Calls `body` with each batch's numbers and what a pass of `model` leaves at `sites`.
  func read(
    _ model: any LanguageModel, _ sites: [ActivationSite],
    _ body: (_ numbers: [Int], _ values: [Tensor]) -> Void
  ) {
    withInference {
      for numbers in batches {
        let batch = PromptBatch(encoded: numbers.map { texts[$0].ids })
        let taps = Taps(reading: sites)
        taps.stopAfter = sites.contains(.logits) ? nil : sites.last
        _ = model.logits(batch.tokens, taps: taps)
        body(numbers, sites.compactMap { taps[$0]?.to(dtype: .float32) })
      }
    }
  }

  /// The activation at `site` at every token of every document: float32 [N, n], and where each row is from.
  func states(
    _ model: any LanguageModel, _ site: ActivationSite
  ) -> (values: Tensor, places: [(text: Int, token: Int)]) {
    var parts: [Tensor] = []
    var places: [(text: Int, token: Int)] = []
    read(model, [site]) { numbers, values in
      guard let value = values.first else { return }
      for (row, number) in numbers.enumerated() {
        let count = texts[number].ids.count
        parts.append(value[row].narrow(0, start: 0, length: count))
        places += (0..<count).map { (number, $0) }
      }
    }
    return (withInference { Tensor.cat(parts, dim: 0).contiguous() }, places)
  }

  /// What number `unit` of the activation at `site` is at every token, and where each is from.
  func states(
    _ model: any LanguageModel, _ site: ActivationSite, unit: Int
  ) -> (values: [Double], places: [(text: Int, token: Int)]) {
    var own: [Double] = []
    var places: [(text: Int, token: Int)] = []
    read(model, [site]) { numbers, values in
      guard let value = values.first else { return }
      for (row, number) in numbers.enumerated() {
        let count = texts[number].ids.count
        own += value[row].narrow(0, start: 0, length: count).select(1, index: unit).doubles()
        places += (0..<count).map { (number, $0) }
      }
    }
    return (own, places)
  }

  /// The words up to and with a token.
  func context(_ place: (text: Int, token: Int), _ tokenizer: Tokenizer, words: Int = 16) -> String
  {
    let ids = texts[place.text].ids
    return tokenizer.decode(Array(ids[...place.token].suffix(words)))
  }
}
