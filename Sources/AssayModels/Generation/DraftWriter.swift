import AssayTensor

/// Chooses the next token of drafts and says when they have ended.
struct DraftWriter {
  let ending: Ending
  private let constraint: TokenConstraint
  private let alternatives: Int
  private var sampler: Sampler
  private(set) var drafts: [Draft]

  /// Drafts for `prompts`; throws what `TokenConstraint` throws.
  init(_ options: GenerationOptions, _ bundle: ModelBundle, prompts: [[Int]]) throws {
    let context = bundle.model.configuration.contextLength
    ending = Ending(options, bundle)
    constraint = try TokenConstraint(
      options, bundle, stop: options.stop ?? bundle.endOfSequence)
    for prompt in prompts { try constraint.check(prompt, context: context) }
    alternatives = min(
      max(options.topLogProbabilities, 0), bundle.model.configuration.vocabularySize)
    sampler = Sampler(options, rows: prompts.count)
    drafts = prompts.map { Draft(budget: min(options.maxNewTokens, context - $0.count)) }
  }

  /// Adds a token to the drafts of the prompts at `rows` by `logits` [N, V].
  mutating func write(_ logits: Tensor, rows: [Int]) {
    let (next, chosen, all) = choose(logits, rows: rows)
    for (at, token) in next.enumerated() {
      var draft = drafts[rows[at]]
      draft.tokens.append(token)
      draft.logProbabilities.append(Double(chosen[at]))
      if let trie = constraint.trie {
        draft.node = draft.node.flatMap { trie.step($0, token) }
        draft.isDone = draft.node == nil
      } else {
        draft.isDone = ending.isReached(draft.tokens)
      }
      if draft.tokens.count >= draft.budget { draft.isDone = true }
      drafts[rows[at]] = draft
    }
    if let all { addAlternatives(all, rows: rows) }
  }

  /// The next tokens with their log-probabilities, and those of all [N, V] where alternatives are wanted.
  private mutating func choose(
    _ logits: Tensor, rows: [Int]
  ) -> (tokens: [Int], logProbabilities: [Float], all: Tensor?) {
    if sampler.isGreedy, alternatives == 0, !constraint.forbidsAnything {
      let (tokens, logProbabilities) = logits.greedy()
      return (tokens.ints(), logProbabilities.floats(), nil)
    }
    let wide = logits.to(dtype: .float32)
    let next = sampler.next(
      constraint.applied(to: wide, nodes: rows.map { drafts[$0].node ?? 0 }), rows: rows)  // [N]
    let all = wide.logSoftmax(-1)  // [N, V]
    let chosen = all.gather(-1, index: next.unsqueeze(-1)).floats()
    return (next.ints(), chosen, alternatives > 0 ? all : nil)
  }

  private mutating func addAlternatives(_ all: Tensor, rows: [Int]) {
    let best = all.topK(alternatives)
    let (tokens, scores) = (best.indices.ints(), best.values.floats())
    for (at, row) in rows.enumerated() {
      let own = (at * alternatives)..<((at + 1) * alternatives)
      drafts[row].alternatives.append(
        own.map { TokenLogProbability(token: tokens[$0], logProbability: Double(scores[$0])) })
    }
  }
}
