import AssayCore
import AssayTensor
import AssayText

/// Searches tokens after which a model says what is wanted: Greedy Coordinate Gradient.
///
/// Source: Zou et al. 2023, "Universal and Transferable Adversarial Attacks on Aligned Language
/// Models" (arXiv:2307.15043), algorithm 1. The text is a fixed prefix, the searched span, a fixed suffix
/// and the target; the target's loss is minimised over the span's tokens. Each step takes the gradient
/// for the tokens' one-hot rows, draws candidates that differ from the span in a token or few that the
/// gradient likes, and goes on from the best of them, better or worse than before.
///
/// ```swift
/// let search = try TokenSearch(
///   bundle, before: "The capital of France is", initial: " x x x x x x x x", target: " Rome",
///   options: TokenSearchOptions(steps: 50, seed: 1))
/// let found = try search.run()
/// print(found.best.loss, found.text ?? "")
/// ```
///
/// With `others`, one span is searched that works in several contexts: their mean loss is minimised
/// (algorithm 2).
///
/// Cost of a step and context: one pass and its gradient, and forward passes of `width` rows over span,
/// suffix and target; the prefix is run once for the whole search.
public struct TokenSearch: Sendable {
  /// The model, and the tokenizer that says which tokens are text.
  public let bundle: ModelBundle
  /// Tokens before the span.
  public let prefix: [Int]
  /// What the search begins with.
  public let initial: [Int]
  /// Tokens between span and target.
  public let suffix: [Int]
  /// What the model is to say.
  public let target: [Int]
  /// More contexts in which the span has to work, besides `prefix` and `suffix`.
  public let others: [TokenContext]
  /// How to search.
  public let options: TokenSearchOptions
  /// Whether each token of the vocabulary may be put in.
  package let isAllowed: [Bool]

  /// A search over the tokens at `initial`.
  ///
  /// Throws `.badInput` for an empty span or target, tokens outside of the vocabulary, a text longer
  /// than the model's context, and options that leave nothing to search.
  public init(
    _ bundle: ModelBundle, prefix: [Int] = [], initial: [Int], suffix: [Int] = [], target: [Int],
    others: [TokenContext] = [], options: TokenSearchOptions = TokenSearchOptions()
  ) throws {
    self.bundle = bundle
    self.prefix = prefix
    self.initial = initial
    self.suffix = suffix
    self.target = target
    self.others = others
    self.options = options
    isAllowed = Self.allowed(bundle, options)
    try validate()
  }

  /// A search in text; the parts are tokenised apart, and what the tokenizer puts before a text comes
  /// before `before`.
  ///
  /// Throws as the other one does, and where the bundle has no tokenizer.
  public init(
    _ bundle: ModelBundle, before: String = "", initial: String, after: String = "",
    target: String, options: TokenSearchOptions = TokenSearchOptions()
  ) throws {
    let tokenizer = try bundle.requireTokenizer()
    try self.init(
      bundle, prefix: tokenizer.encode(before, addSpecial: true),
      initial: tokenizer.encode(initial), suffix: tokenizer.encode(after),
      target: tokenizer.encode(target), options: options)
  }

  /// Runs the search; the same seed gives the same result on the same machine.
  ///
  /// Throws `.badInput` where gradients are switched off, and where no candidate survives being
  /// tokenised again.
  public func run() throws -> TokenSearchResult {
    guard Tensor.recordsGradients else {
      throw AssayError(
        .badInput, "gradients are switched off here",
        hint: "search outside of withInference and withoutGrad")
    }
    let objective = makeSharedObjective()
    var stream = SplitMix64(seed: options.seed)
    func score(_ spans: [[Int]]) -> TokenSearchResult.Step {
      let scored = objective.losses(spans)
      let best = scored.indices.min { scored[$0].loss < scored[$1].loss } ?? 0
      return TokenSearchResult.Step(
        loss: scored[best].loss, tokens: spans[best], isForced: scored[best].isForced)
    }
    var current = score([initial])
    var result = TokenSearchResult(best: current, text: nil, steps: [], evaluations: 1)
    let progress = AssayCore.Progress(
      "token search", total: options.steps, unit: "steps", quiet: options.quiet)
    defer { progress.finish() }
    for _ in 0..<options.steps where !isDone(result.best) {
      let spans = try candidates(
        current.tokens, objective.gradient(current.tokens), &stream)
      current = score(spans)
      result.steps.append(current)
      result.evaluations += spans.count
      // A forced target is what is wanted, even at a higher loss.
      let (old, new) = (result.best, current)
      if options.stopsWhenForced, new.isForced != old.isForced {
        if new.isForced { result.best = new }
      } else if new.loss < old.loss {
        result.best = new
      }
      progress.advance(note: "loss \((result.best.loss * 1000).rounded() / 1000)")
    }
    result.text = bundle.tokenizer?.decode(result.best.tokens)
    return result
  }

  /// The loss of each of `spans`, which may have any one length, in the order given.
  public func score(_ spans: [[Int]]) -> [TokenSearchResult.Step] {
    zip(spans, makeSharedObjective().losses(spans)).map { span, scored in
      TokenSearchResult.Step(loss: scored.loss, tokens: span, isForced: scored.isForced)
    }
  }

  /// The loss in the first context.
  func makeObjective() -> TargetLoss {
    objective(in: TokenContext(prefix: prefix, suffix: suffix))
  }

  /// The loss that is minimised.
  private func makeSharedObjective() -> SharedLoss {
    SharedLoss([makeObjective()] + others.map(objective))
  }

  private func objective(in context: TokenContext) -> TargetLoss {
    TargetLoss(
      bundle.model, prefix: context.prefix, length: initial.count, suffix: context.suffix,
      target: target, most: options.width, batchSize: options.batchSize)
  }

  private func isDone(_ step: TokenSearchResult.Step) -> Bool {
    if let limit = options.stopLoss, step.loss <= limit { return true }
    return options.stopsWhenForced && step.isForced
  }

  private func validate() throws {
    let c = bundle.model.configuration
    func require(_ holds: Bool, _ message: String, _ hint: String) throws {
      if !holds { throw AssayError(.badInput, message, hint: hint) }
    }
    try require(!initial.isEmpty, "there are no tokens to search", "begin with at least one token")
    try require(!target.isEmpty, "the target is empty", "give at least one token")
    for context in [TokenContext(prefix: prefix, suffix: suffix)] + others {
      let all = context.prefix + initial + context.suffix + target
      try require(
        all.count <= c.contextLength + 1,
        "the text has \(all.count) tokens, the model's context is \(c.contextLength)",
        "shorten the prefix, the span, the suffix or the target")
      for token in all where token < 0 || token >= c.vocabularySize {
        try require(
          false, "token \(token) is outside of the model's vocabulary of \(c.vocabularySize)",
          "the tokenizer and the model must belong together")
      }
    }
    try require(
      options.steps >= 0 && options.width >= 1 && options.topK >= 1 && options.batchSize ?? 1 >= 1,
      "steps, width, topK and batchSize of a search must be positive",
      "the defaults are 250, 512, 256 and by memory")
    try require(
      (1...initial.count).contains(options.replacements),
      "\(options.replacements) tokens cannot be replaced in a span of \(initial.count)",
      "replacements lie in 1...\(initial.count)")
    try require(
      isAllowed.contains(true), "no token may be put in",
      "forbid fewer tokens, or allow those that are not ASCII")
  }
}
