import AssayCore
import AssayTensor
import AssayText

extension TextGenerator {
  /// Log-probabilities [N, V] (float32) of the token after each prompt.
  public func nextTokenLogProbabilities(_ prompts: [String]) throws -> Tensor {
    let tokenizer = try bundle.requireTokenizer()
    return try nextTokenLogProbabilities(
      tokens: prompts.map { tokenizer.encode($0, addSpecial: true) })
  }

  /// The same after prompts given as tokens.
  public func nextTokenLogProbabilities(tokens: [[Int]]) throws -> Tensor {
    for prompt in tokens { try bundle.model.checkPrompt(prompt) }
    let shared = try sharedPrefix(tokens, limit: (tokens.map(\.count).min() ?? 1) - 1)
    let known = shared?.count ?? 0
    var rows = [Tensor?](repeating: nil, count: tokens.count)
    withoutGrad {
      for batch in batches(tokens.map { $0.count - known }) {
        let (residual, width) = residuals(
          batch.map { Array(tokens[$0].dropFirst(known)) }, after: shared)  // [N T, d]
        let last = batch.enumerated().map { $0 * width + tokens[$1].count - known - 1 }
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
  /// Prompt and completion are tokenised apart; a prompt that stands before several completions is
  /// read once for them. Throws `.badInput` if both do not fit the context.
  public func logProbability(
    of completions: [String], given prompts: [String]
  ) throws -> [Double] {
    guard completions.count == prompts.count else {
      throw AssayError(
        .badInput, "\(completions.count) completions for \(prompts.count) prompts",
        hint: "give one prompt for each completion")
    }
    let tokenizer = try bundle.requireTokenizer()
    return try logProbability(
      of: completions.map { tokenizer.encode($0) },
      after: prompts.map { tokenizer.encode($0, addSpecial: true) })
  }

  /// The same for tokens; there must be one prompt for each completion.
  public func logProbability(of tails: [[Int]], after heads: [[Int]]) throws -> [Double] {
    precondition(tails.count == heads.count, "scoring: one prompt for each completion")
    let context = bundle.model.configuration.contextLength
    for (head, tail) in zip(heads, tails) {
      try bundle.model.checkPrompt(head)
      guard head.count + tail.count <= context + 1 else {
        throw AssayError(
          .badInput,
          "prompt and completion have \(head.count + tail.count) tokens, the model's context is "
            + "\(context)", hint: "shorten one of them")
      }
    }
    return try scores(zip(heads, tails).map { $0 + $1 }, from: heads.map(\.count))
  }

  /// Natural log-probabilities of each of `choices` after each prompt, by prompt, then by choice.
  ///
  /// Each prompt is read once. They are the probabilities of the choices as beginnings of a
  /// continuation, under the unmodified distribution: they need not sum up to one, and a choice that
  /// begins another is at least as likely. Throws as ``logProbability(of:given:)`` does, and for
  /// choices that are none.
  public func choiceLogProbabilities(
    _ choices: [String], prompts: [String]
  ) throws -> [[Double]] {
    let tokenizer = try bundle.requireTokenizer()
    return try choiceLogProbabilities(
      choices, after: prompts.map { tokenizer.encode($0, addSpecial: true) })
  }

  /// The same after prompts given as tokens.
  public func choiceLogProbabilities(
    _ choices: [String], after prompts: [[Int]]
  ) throws -> [[Double]] {
    let tails = try TokenConstraint.tokens(of: choices, bundle)
    let all = try logProbability(
      of: prompts.flatMap { _ in tails },
      after: prompts.flatMap { [[Int]](repeating: $0, count: tails.count) })
    return prompts.indices.map { Array(all[($0 * tails.count)..<(($0 + 1) * tails.count)]) }
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
    let scored = try scores(windows, from: windows.map { _ in 1 })
    for (at, owner) in owners.enumerated() {
      result[owner].tokens += windows[at].count - 1
      result[owner].totalNegativeLogLikelihood -= scored[at]
    }
    return result
  }

  /// Indices grouped by similar length, at most `batchSize` rows and about 8,192 tokens each.
  func batches(_ lengths: [Int]) -> [[Int]] {
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

  /// Final residuals [N T, d] of right-padded sequences behind `prefix`, and the width T.
  ///
  /// Padding on the right needs no mask: causal attention never looks there.
  func residuals(_ sequences: [[Int]], after prefix: KVPrefix?) -> (Tensor, Int) {
    residuals(
      sequences, cache: prefix.map { KVCache(after: $0, rows: sequences.count) }, starts: nil)
  }

  /// The same behind what each row of `cache` holds.
  func residuals(_ sequences: [[Int]], cache: KVCache?, starts: [Int]?) -> (Tensor, Int) {
    let width = max(sequences.map(\.count).max() ?? 1, 1)
    let padded = sequences.flatMap { $0 + [Int](repeating: 0, count: width - $0.count) }
    let tokens = Tensor(padded, shape: [sequences.count, width]).to(device: device)
    let residual = bundle.model.finalResidual(
      tokens, cache: cache, attentionStart: starts, taps: nil)  // [N, T, d]
    return (residual.flatten(0, 1), width)
  }

  func index(_ values: [Int]) -> Tensor {
    Tensor(values, shape: [values.count]).to(device: device)
  }

  private var device: Device { bundle.model.parameters[0].tensor.device }
}
