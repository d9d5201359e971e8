import AssayCore
import AssayTensor
import AssayText

extension TextGenerator {
  /// Log-probabilities [N, V] (float32) of the token after each prompt.
  public func nextTokenLogProbabilities(_ prompts: [String]) throws -> Tensor {
    let tokenizer = try bundle.requireTokenizer()
    let tokens = prompts.map { tokenizer.encode($0, addSpecial: true) }
    for prompt in tokens { try check(prompt) }
    var rows = [Tensor?](repeating: nil, count: tokens.count)
    withoutGrad {
      for batch in batches(tokens.map(\.count)) {
        let (residual, width) = residuals(batch.map { tokens[$0] })  // [N T, d]
        let last = batch.enumerated().map { $0 * width + tokens[$1].count - 1 }
        let logits = bundle.model.unembed(residual.indexSelect(0, index: index(last)))  // [N, V]
        let scores = logits.to(dtype: .float32).logSoftmax(-1)
        for (at, row) in batch.enumerated() { rows[row] = scores.narrow(0, start: at, length: 1) }
      }
    }
    guard !rows.isEmpty else {
      return Tensor.zeros([0, bundle.model.configuration.vocabularySize])
    }
    return Tensor.cat(rows.compactMap { $0 }, dim: 0)
  }

  /// Natural log-probability of each completion after its prompt, summed over its tokens.
  ///
  /// Prompt and completion are tokenised apart. Throws `.badInput` if both do not fit the context.
  public func logProbability(
    of completions: [String], given prompts: [String]
  ) throws -> [Double] {
    guard completions.count == prompts.count else {
      throw AssayError(
        .badInput, "\(completions.count) completions for \(prompts.count) prompts",
        hint: "give one prompt for each completion")
    }
    let tokenizer = try bundle.requireTokenizer()
    let context = bundle.model.configuration.contextLength
    var sequences: [[Int]] = []
    var firsts: [Int] = []
    for (prompt, completion) in zip(prompts, completions) {
      let head = tokenizer.encode(prompt, addSpecial: true)
      let tail = tokenizer.encode(completion)
      try check(head)
      guard head.count + tail.count <= context + 1 else {
        throw AssayError(
          .badInput,
          "prompt and completion have \(head.count + tail.count) tokens, the model's context is "
            + "\(context)", hint: "shorten one of them")
      }
      firsts.append(head.count)
      sequences.append(head + tail)
    }
    return scores(sequences, from: firsts)
  }

  /// For each text, how many tokens were predicted and their total negative log-likelihood in nats.
  ///
  /// A text starts after the end-of-text token where the tokenizer has one; else its first token is
  /// not predicted. Texts longer than the context are cut into windows.
  public func loss(texts: [String]) throws -> [(tokens: Int, totalNegativeLogLikelihood: Double)] {
    let tokenizer = try bundle.requireTokenizer()
    let window = bundle.model.configuration.contextLength
    var owners: [Int] = []
    var windows: [[Int]] = []
    for (row, text) in texts.enumerated() {
      let tokens = (tokenizer.endOfText.map { [$0] } ?? []) + tokenizer.encode(text)
      // Windows overlap by one token, so that each is predicted once.
      for start in stride(from: 0, to: max(tokens.count - 1, 0), by: window) {
        owners.append(row)
        windows.append(Array(tokens[start..<min(start + window + 1, tokens.count)]))
      }
    }
    var result = texts.map { _ in (tokens: 0, totalNegativeLogLikelihood: 0.0) }
    let scored = scores(windows, from: windows.map { _ in 1 })
    for (at, owner) in owners.enumerated() {
      result[owner].tokens += windows[at].count - 1
      result[owner].totalNegativeLogLikelihood -= scored[at]
    }
    return result
  }

  /// Summed log-probabilities of the tokens of each sequence from index `firsts` on.
  func scores(_ sequences: [[Int]], from firsts: [Int]) -> [Double] {
    var totals = sequences.map { _ in 0.0 }
    withoutGrad {
      for batch in batches(sequences.map { max($0.count - 1, 1) }) {
        // The last token of a sequence is only predicted, never read.
        let (residual, width) = residuals(batch.map { Array(sequences[$0].dropLast()) })
        var (rows, targets, owners) = ([Int](), [Int](), [Int]())
        for (at, row) in batch.enumerated() {
          let sequence = sequences[row]
          for position in max(firsts[row], 1)..<max(sequence.count, max(firsts[row], 1)) {
            rows.append(at * width + position - 1)
            targets.append(sequence[position])
            owners.append(row)
          }
        }
        let chunk = max(64, 16_777_216 / bundle.model.configuration.vocabularySize)
        for start in stride(from: 0, to: rows.count, by: chunk) {
          let part = start..<min(start + chunk, rows.count)
          let logits = bundle.model.unembed(
            residual.indexSelect(0, index: index(Array(rows[part]))))
          let losses = Tensor.crossEntropy(
            logits.to(dtype: .float32), index(Array(targets[part])), reduction: .none)
          for (owner, loss) in zip(owners[part], losses.floats()) { totals[owner] -= Double(loss) }
        }
      }
    }
    return totals
  }

  /// Indices grouped by similar length, at most `batchSize` rows and about 8,192 tokens each.
  private func batches(_ lengths: [Int]) -> [[Int]] {
    var result: [[Int]] = []
    for row in lengths.indices.sorted(by: { lengths[$0] < lengths[$1] }) {
      if let last = result.last, last.count < batchSize,
        (last.count + 1) * lengths[row] <= 8192
      {
        result[result.count - 1].append(row)
      } else {
        result.append([row])
      }
    }
    return result
  }

  /// Final residuals [N T, d] of right-padded sequences, and the width T.
  ///
  /// Padding on the right needs no mask: causal attention never looks there.
  private func residuals(_ sequences: [[Int]]) -> (Tensor, Int) {
    let width = max(sequences.map(\.count).max() ?? 1, 1)
    let padded = sequences.flatMap { $0 + [Int](repeating: 0, count: width - $0.count) }
    let tokens = Tensor(padded, shape: [sequences.count, width]).to(device: device)
    let residual = bundle.model.finalResidual(
      tokens, cache: nil, attentionStart: nil, taps: nil)  // [N, T, d]
    return (residual.flatten(0, 1), width)
  }

  private func index(_ values: [Int]) -> Tensor {
    Tensor(values, shape: [values.count]).to(device: device)
  }

  private var device: Device { bundle.model.parameters[0].tensor.device }
}
