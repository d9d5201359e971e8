import AssayModels
import AssayTensor
import AssayText

/// Lets a model write while a vector is added to its residual stream.
struct SteeredText {
  let bundle: ModelBundle
  /// Where the vector is added, at every token.
  let site: ActivationSite

  /// What was written after some prompts.
  struct Written {
    /// The new tokens of each prompt.
    var tokens: [[Int]]
    /// The text of each prompt, up to where the model ended it.
    var texts: [String]
    /// Log-probabilities [N, V] of the first new token.
    var first: Tensor
    /// Tokens through the model.
    var cost: Int
  }

  /// Continues `prompts` greedily by `count` tokens with `vector` [d] added; nil adds nothing.
  func write(_ prompts: [[Int]], adding vector: Tensor?, count: Int) -> Written {
    withInference {
      let model = bundle.model
      let weight = model.parameters[0].tensor
      let width = prompts.map(\.count).max() ?? 1
      let starts = prompts.map { width - $0.count }
      let cache = KVCache(
        model.configuration, batch: prompts.count, capacity: width + count, dtype: weight.dtype,
        device: weight.device)
      let taps = Taps()
      if let vector { taps.steer(site, by: vector) }
      var input = prompts.map { [Int](repeating: 0, count: width - $0.count) + $0 }
      var tokens = prompts.map { _ in [Int]() }
      var first: Tensor?
      for _ in 0..<count {
        let rows = Tensor(rows: input).to(device: weight.device)
        let residual = model.finalResidual(
          rows, cache: cache, attentionStart: starts, taps: taps)
        let logits = model.unembed(residual.select(1, index: rows.dim(1) - 1))
          .to(dtype: .float32)  // [N, V]
        if first == nil { first = logits.logSoftmax(-1) }
        let next = logits.argmax(-1).ints()
        for (row, token) in next.enumerated() { tokens[row].append(token) }
        input = next.map { [$0] }
      }
      let stop = Set(bundle.endOfSequence)
      let texts = tokens.map { written in
        bundle.tokenizer?.decode(Array(written.prefix { !stop.contains($0) })) ?? ""
      }
      return Written(
        tokens: tokens, texts: texts,
        first: first ?? Tensor.zeros([prompts.count, model.configuration.vocabularySize]),
        cost: prompts.count * (width + max(count - 1, 0)))
    }
  }
}
