import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Losses of documents' tokens under one model or, token by token, under two.
struct DocumentLosses {
  /// A document as the model reads it, cut to its context.
  struct Encoded {
    var index: Int
    var ids: [Int]
  }

  /// One document's losses: `own[i]` is that of token i + 1 under the first model.
  struct Read {
    var document: Encoded
    var own: [Double]
    /// The same under the second model, nil without one.
    var other: [Double]?
  }

  /// The documents in batches of similar length, so that little is padded.
  static func batches(
    _ documents: [Document], tokenizer: Tokenizer, context: Int
  ) -> [ArraySlice<Encoded>] {
    let encoded = documents.map {
      Encoded(index: $0.index, ids: Array(tokenizer.encode($0.text).prefix(context)))
    }
    .filter { $0.ids.count >= 2 }
    .sorted { $0.ids.count < $1.ids.count }
    return PromptBatch.chunks(encoded, of: 16)
  }

  /// The batches of each source, as the arguments `sources`, `documents` and `skip` of a tool say.
  ///
  /// Throws `AssayError(.forbidden)` for a source that the rules do not list.
  static func batches(
    _ values: ToolArguments, _ suspect: Suspect
  ) throws -> [(source: String, batches: [ArraySlice<Encoded>])] {
    let named = try values.optionalTexts("sources", limit: 64)
    let count = try values.integer("documents", in: 1...512)
    let skip = try values.integer("skip", in: 0...1_000_000)
    let tokenizer = try suspect.tokenizer()
    return try (named.isEmpty ? suspect.sources : named).map { source in
      let documents = try suspect.documents(from: source, count: count, skip: skip)
      return (source, batches(documents, tokenizer: tokenizer, context: suspect.contextLength))
    }
  }

  /// What reading them costs, known beforehand: the documents are looked at and not run.
  static func estimate(_ values: ToolArguments, _ suspect: Suspect) throws -> CostEstimate {
    let tokens = try batches(values, suspect).flatMap(\.batches).reduce(0) { $0 + Self.tokens($1) }
    return CostEstimate(passing: tokens, through: suspect)
  }

  /// Tokens that pass through a model for one batch, padding included.
  static func tokens(_ batch: ArraySlice<Encoded>) -> Int { batch.count * width(batch) }

  private static func width(_ batch: ArraySlice<Encoded>) -> Int {
    (batch.map(\.ids.count).max() ?? 2) - 1
  }

  /// Reads a batch with `model`, and with `other` where there is one; both share a tokenizer.
  static func read(
    _ batch: ArraySlice<Encoded>, model: any LanguageModel, other: (any LanguageModel)?
  ) -> [Read] {
    let width = width(batch)
    var inputs: [Int] = []
    var targets: [Int] = []
    for document in batch {
      let padding = [Int](repeating: 0, count: width - document.ids.count + 1)
      inputs += document.ids.dropLast() + padding
      targets += document.ids.dropFirst() + padding
    }
    func losses(_ model: any LanguageModel) -> [Float] {
      withInference {
        let logits = model.logits(Tensor(inputs, shape: [batch.count, width]))  // [B, T, V]
        let expected = logits.to(dtype: .float32).logSoftmax(-1)
        let index = Tensor(targets, shape: [batch.count, width, 1])
        return (-expected.gather(-1, index: index)).floats()  // [B, T, 1]
      }
    }
    let own = losses(model)
    let others = other.map(losses)
    return batch.enumerated().map { row, document in
      let span = (row * width)..<(row * width + document.ids.count - 1)
      return Read(
        document: document, own: own[span].map(Double.init),
        other: others.map { $0[span].map(Double.init) })
    }
  }

  /// The mean per token of `sums` over documents of `tokens` tokens, with a 95 % interval that takes
  /// documents, not tokens, as independent.
  ///
  /// A ratio estimate: Cochran, "Sampling Techniques" (1977), section 6.3.
  static func mean(_ sums: [Double], tokens: [Int]) -> Interval {
    let n = Double(sums.count)
    let total = Double(tokens.reduce(0, +))
    guard total > 0 else { return Interval(estimate: 0, low: 0, high: 0) }
    let mean = sums.reduce(0, +) / total
    guard n > 1 else { return Interval(estimate: mean, low: -.infinity, high: .infinity) }
    let squares = zip(sums, tokens).reduce(0.0) { sum, document in
      let residual = document.0 - mean * Double(document.1)
      return sum + residual * residual
    }
    let half = 1.96 * (squares / (n - 1) / n).squareRoot() / (total / n)
    return Interval(estimate: mean, low: mean - half, high: mean + half)
  }
}
