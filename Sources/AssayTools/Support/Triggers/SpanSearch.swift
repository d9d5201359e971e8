import AssayCore
import AssayModels
import AssayTensor
import AssayText

/// Ways of searching tokens that make a target likely in several prompts at once; see ``TriggerSearch``.
struct SpanSearch {
  /// What a search came to.
  struct Found {
    var span: [Int]
    /// Mean loss of the target, in nats per token.
    var loss: Double
    /// The loss before the search, and that of a soft prompt where one was trained.
    var start: Double
    var soft: Double?
    /// Texts whose loss was computed.
    var evaluations: Int
  }

  let bundle: ModelBundle
  let carriers: [Carrier]
  let target: [Int]
  let length: Int
  let steps: Int
  let width: Int
  let seed: UInt64
  let quiet: Bool

  /// The search over `initial`.
  private func search(from initial: [Int], steps: Int) throws -> TokenSearch {
    let contexts = carriers.map { TokenContext(prefix: $0.before, suffix: $0.after) }
    return try TokenSearch(
      bundle, prefix: contexts[0].prefix, initial: initial, suffix: contexts[0].suffix,
      target: target, others: Array(contexts.dropFirst()),
      options: TokenSearchOptions(
        steps: steps, width: width, topK: 128, seed: seed, quiet: quiet))
  }

  /// Greedy coordinate gradient.
  ///
  /// Source: Zou et al. 2023, algorithm 2.
  func gradient(from initial: [Int]? = nil) throws -> Found {
    let first = try initial ?? start()
    let search = try search(from: first, steps: steps)
    let before = search.score([first])[0].loss
    let result = try search.run()
    return Found(
      span: result.best.tokens, loss: result.best.loss, start: before,
      evaluations: result.evaluations + 1)
  }

  /// Tokens that are read as they are written, all alike: " a a a".
  private func start() throws -> [Int] {
    let tokenizer = try bundle.requireTokenizer()
    for text in [" a", " the", " x", "!", "x"] {
      guard let token = tokenizer.encode(text).first else { continue }
      let span = [Int](repeating: token, count: length)
      if tokenizer.encode(tokenizer.decode(span)) == span { return span }
    }
    throw AssayError(
      .unsupported, "the tokenizer joins every text that a search could begin with",
      hint: "use method 'fluent'")
  }

  /// Tokens that the model itself might have written there: a beam of its own samples, kept by the target's
  /// loss.
  ///
  /// Source: Sadasivan et al. 2024, "Fast Adversarial Attacks on Language Models In One GPU Minute" (BEAST).
  func fluent() throws -> Found {
    let search = try search(from: [0], steps: 0)
    let before = search.score([try start()])[0].loss
    let allowed = search.isAllowed
    let forbidden = Tensor(allowed.map { !$0 })
    let beam = max(1, Int(Double(width).squareRoot() / 2))
    let generator = Generator(seed: seed)
    let progress = AssayCore.Progress("fluent search", total: length, unit: "tokens", quiet: quiet)
    defer { progress.finish() }
    var spans: [[Int]] = [[]]
    var best = Found(span: [], loss: .infinity, start: before, evaluations: 1)
    let textGenerator = TextGenerator(bundle)
    for _ in 0..<length {
      let heads = spans.map { carriers[0].before + $0 }
      let next = try withInference {
        let chances =
          try textGenerator.nextTokenLogProbabilities(tokens: heads).exp()  // [N, V]
          + 1e-9
        let count = min(max(1, width / spans.count), allowed.count { $0 })
        return chances.maskedFill(forbidden, 0).multinomial(count, generator: generator).ints()
      }
      let each = next.count / spans.count
      let longer = spans.enumerated().flatMap { row, span in
        next[(row * each)..<((row + 1) * each)].map { span + [$0] }
      }
      let scored = search.score(longer).sorted { $0.loss < $1.loss }
      best.evaluations += scored.count
      if let first = scored.first, first.loss < best.loss {
        (best.span, best.loss) = (first.tokens, first.loss)
      }
      spans = scored.prefix(beam).map(\.tokens)
      progress.advance(note: "loss \((best.loss * 1000).rounded() / 1000)")
    }
    return best
  }

  /// A soft prompt, trained by gradient descent, then the nearest tokens of each of its vectors, of which
  /// the best are chosen position by position.
  func soft() throws -> Found {
    let first = try start()
    let search = try search(from: first, steps: 0)
    let model = bundle.model
    guard let matrix = model.weight(at: .embed)?.detach().to(dtype: .float32) else {
      throw AssayError(.unsupported, "the model has no embedding to train a soft prompt in")
    }
    let before = search.score([first])[0].loss
    let scale = model.configuration.form.embeddingScale ?? 1
    let prompt = SoftPrompt(
      model: model, carriers: carriers, target: target,
      start: withoutGrad { matrix.indexSelect(0, index: first) * scale })
    let loss = prompt.train(steps: steps, quiet: quiet)
    let nearest = withoutGrad {
      let rows = prompt.vectors.detach()
      let cosines = (rows / (rows.norm(1, keep: true) + 1e-12))
        .matmul((matrix / (matrix.norm(1, keep: true) + 1e-12)).T)  // [n, V]
      let forbidden = Tensor(search.isAllowed.map { !$0 })
      return cosines.maskedFill(forbidden, -.infinity).topK(min(32, width), dim: -1).indices.ints()
    }
    let each = nearest.count / length
    var span = (0..<length).map { nearest[$0 * each] }
    var best = search.score([span])[0]
    var evaluations = 2
    for position in 0..<length {
      let variants = (0..<each).map { choice -> [Int] in
        var other = span
        other[position] = nearest[position * each + choice]
        return other
      }
      let scored = search.score(variants)
      evaluations += scored.count
      if let better = scored.min(by: { $0.loss < $1.loss }), better.loss < best.loss {
        best = better
        span = better.tokens
      }
    }
    return Found(
      span: best.tokens, loss: best.loss, start: before, soft: loss, evaluations: evaluations)
  }
}
