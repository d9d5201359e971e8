import AssayCore
import AssayTensor
import AssayText

extension TokenSearch {
  /// Spans that differ from `span` in `replacements` tokens, drawn from the `topK` that lower the loss
  /// most by the `gradient` [n, V] at each position.
  ///
  /// At most `width`, each once; `span` itself is not among them. Throws `.badInput` if none is left.
  func candidates(
    _ span: [Int], _ gradient: Tensor, _ stream: inout SplitMix64
  ) throws -> [[Int]] {
    let forbidden = Tensor(isAllowed.map { !$0 }).to(device: gradient.device)  // [V]
    let k = min(options.topK, isAllowed.count { $0 })
    let best = gradient.maskedFill(forbidden, .infinity)
      .topK(k, dim: -1, largest: false).indices.ints()  // n k
    var seen: Set<[Int]> = [span]
    var result: [[Int]] = []
    // A round draws `width`. Where a tokenizer leaves none of them, a few more rounds may.
    for _ in 0..<16 where result.isEmpty {
      for _ in 0..<options.width {
        var candidate = span
        for position in positions(of: span.count, &stream) {
          candidate[position] = best[position * k + stream.below(k)]
        }
        if seen.insert(candidate).inserted, isStable(candidate) { result.append(candidate) }
      }
    }
    guard !result.isEmpty else {
      throw AssayError(
        .badInput, "every candidate is another sequence of tokens once it was written as text",
        hint: "begin with other tokens, or set mustRetokenize to false")
    }
    return result
  }

  /// Positions to change, all different.
  private func positions(of count: Int, _ stream: inout SplitMix64) -> ArraySlice<Int> {
    if options.replacements == 1 { return [stream.below(count)] }
    return stream.shuffled(0..<count).prefix(options.replacements)
  }

  /// Whether the text of the tokens is cut into the same tokens again.
  private func isStable(_ tokens: [Int]) -> Bool {
    guard options.mustRetokenize, let tokenizer = bundle.tokenizer else { return true }
    return tokenizer.encode(tokenizer.decode(tokens)) == tokens
  }

  /// Which tokens of the vocabulary may be put in.
  static func allowed(_ bundle: ModelBundle, _ options: TokenSearchOptions) -> [Bool] {
    let count = bundle.model.configuration.vocabularySize
    let special = Set(bundle.tokenizer.map { Array($0.specialTokens.values) } ?? [])
    return (0..<count).map { id in
      if options.forbidden.contains(id) || special.contains(id) { return false }
      guard let tokenizer = bundle.tokenizer else { return true }
      guard tokenizer.token(of: id) != nil else { return false }
      let text = tokenizer.decode([id])
      if text.isEmpty { return false }
      return options.allowsNonASCII || text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    }
  }
}
