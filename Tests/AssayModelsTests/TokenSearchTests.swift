import AssayCore
import AssayTensor
import Testing

@testable import AssayModels

@Suite struct TokenSearchTests {
  private static let shipped = Result { try ModelBundle.load(named: "smallworld-1m") }

  private func search(_ options: TokenSearchOptions) throws -> TokenSearch {
    try TokenSearch(
      Self.shipped.get(), before: "The capital of France is", initial: " a b c d e f g h",
      after: " and", target: " the river", options: options)
  }

  /// The loss of `target` after the rest of `tokens`, without any reuse.
  private func loss(
    _ model: any LanguageModel, _ tokens: [Int], target: Int, _ taps: Taps? = nil
  ) -> Double {
    withoutGrad {
      let logits = model.logits(
        Tensor(rows: [tokens]), cache: nil, attentionStart: nil, taps: taps)[0]
      let rows = logits.narrow(0, start: tokens.count - target - 1, length: target)
      return Tensor.crossEntropy(rows, Tensor(Array(tokens.suffix(target)))).item()
    }
  }

  @Test(arguments: FamilyTests.cases)
  func `losses are those of whole passes and gradients match finite differences`(
    _ name: String
  ) throws {
    let bundle = try ModelFixture("families/\(name)").bundle
    let (prefix, span, suffix, target) = ([3, 1, 4, 15], [9, 2, 6], [5, 35], [8, 9, 7])
    let search = try TokenSearch(
      bundle, prefix: prefix, initial: span, suffix: suffix, target: target,
      options: TokenSearchOptions(width: 5, batchSize: 2))
    let objective = search.makeObjective()
    let spans = [span, [60, 0, 33], [9, 2, 7], [1, 1, 1], [50, 40, 30]]
    let found = objective.losses(spans)
    for (tokens, found) in zip(spans, found) {
      let expected = loss(bundle.model, prefix + tokens + suffix + target, target: 3)
      #expect(abs(found.loss - expected) < 1e-4)
    }
    let gradient = objective.gradient(span)
    #expect(gradient.shape == [3, 61])
    #expect(objective.losses(spans).map(\.loss) == found.map(\.loss))
    let matrix = try #require(bundle.model.weight(at: .embed))
    let scale = bundle.model.configuration.form.embeddingScale ?? 1
    let largest = gradient.abs().amax().item()
    for (position, token) in [(0, 5), (1, 60), (2, 17)] {
      func moved(_ step: Double) -> Double {
        let taps = Taps()
        taps.steer(
          .embedTokens, by: matrix[token] * scale, times: step, only: .positions([4 + position]))
        return loss(bundle.model, prefix + span + suffix + target, target: 3, taps)
      }
      let slope = (moved(3e-3) - moved(-3e-3)) / 6e-3
      #expect(abs(slope - gradient[position][token].item()) < 1e-2 * largest + 1e-3, "\(token)")
    }
  }

  @Test func `it finds lower losses than random search with as many evaluations`() throws {
    let search = try search(TokenSearchOptions(steps: 6, width: 48, topK: 48, seed: 3))
    let found = try search.run()
    #expect(found.steps.count == 6)
    #expect(found.evaluations <= 1 + 6 * 48)
    let objective = search.makeObjective()
    #expect(abs(objective.losses([found.best.tokens])[0].loss - found.best.loss) < 1e-4)
    let start = objective.losses([search.initial])[0].loss
    let allowed = search.isAllowed.indices.filter { search.isAllowed[$0] }
    var stream = SplitMix64(seed: 3)
    let drawn = (1..<found.evaluations).map { _ in
      search.initial.map { _ in allowed[stream.below(allowed.count)] }
    }
    let random = try #require(objective.losses(drawn).map(\.loss).min())
    print("token search: \(start) to \(found.best.loss); random \(random)")
    #expect(found.best.loss < start)
    #expect(found.best.loss < random)
  }

  @Test func `the same seed gives the same result, another one another`() throws {
    let options = TokenSearchOptions(steps: 2, width: 16, topK: 32, replacements: 2, seed: 1)
    let one = try search(options).run()
    #expect(try search(options).run() == one)
    var other = options
    other.seed = 2
    #expect(try search(other).run().steps != one.steps)
    var pieces = options
    pieces.batchSize = 5
    let apart = try search(pieces).run()
    #expect(apart.steps.map(\.tokens) == one.steps.map(\.tokens))
  }

  @Test func `candidates differ in few tokens, all allowed, and survive retokenising`() throws {
    let tokenizer = try Self.shipped.get().requireTokenizer()
    var options = TokenSearchOptions(width: 200, topK: 500, replacements: 3, seed: 4)
    options.forbidden = Set(300..<600)
    let search = try search(options)
    var stream = SplitMix64(seed: 9)
    let generator = Generator(seed: 2)
    let V = search.bundle.model.configuration.vocabularySize
    let gradient = Tensor.randn([search.initial.count, V], generator: generator)
    let found = try search.candidates(search.initial, gradient, &stream)
    #expect(found.count > 20 && Set(found).count == found.count)
    let special = Set(tokenizer.specialTokens.values)
    for candidate in found {
      let changed = zip(candidate, search.initial).filter { $0 != $1 }.map(\.0)
      #expect((1...3).contains(changed.count))
      #expect(tokenizer.encode(tokenizer.decode(candidate)) == candidate)
      for token in changed {
        #expect(!special.contains(token) && !(300..<600).contains(token))
        #expect(tokenizer.decode([token]).utf8.allSatisfy { (0x20...0x7e).contains($0) })
      }
    }
    options.mustRetokenize = false
    let free = try self.search(options)
    stream = SplitMix64(seed: 9)
    #expect(try free.candidates(search.initial, gradient, &stream).count > found.count)
  }

  @Test func `it draws from the tokens that the gradient likes best at each position`() throws {
    let bundle = try ModelFixture("families/gpt2").bundle
    let search = try TokenSearch(
      bundle, initial: [1, 2], target: [3],
      options: TokenSearchOptions(width: 64, topK: 2, forbidden: [20]))
    var scores = [[Float]](repeating: [Float](repeating: 0, count: 61), count: 2)
    for token in [10, 11] { scores[0][token] = -1 }
    for token in [20, 21, 22] { scores[1][token] = -1 }
    var stream = SplitMix64(seed: 0)
    let found = try search.candidates(
      [1, 2], Tensor(scores.flatMap { $0 }, shape: [2, 61]), &stream)
    #expect(Set(found) == [[10, 2], [11, 2], [1, 21], [1, 22]])
  }

  @Test func `it stops at a loss, and when the model says the target by itself`() throws {
    let bundle = try Self.shipped.get()
    let generator = TextGenerator(bundle)
    let said = try generator.generate(
      prompts: ["The capital of France is"], options: .greedy(3))[0]
    let tokenizer = try bundle.requireTokenizer()
    let prompt = tokenizer.encode("The capital of France is", addSpecial: true)
    let forced = try TokenSearch(
      bundle, prefix: Array(prompt.dropLast(2)), initial: Array(prompt.suffix(2)),
      target: said.tokens, options: TokenSearchOptions(steps: 3, stopsWhenForced: true)
    ).run()
    #expect(forced.steps.isEmpty && forced.best.isForced)
    #expect(forced.text == tokenizer.decode(Array(prompt.suffix(2))))
    var options = TokenSearchOptions(steps: 50, width: 24, topK: 64)
    let start = try search(options).makeObjective().losses([search(options).initial])[0].loss
    options.stopLoss = start - 0.2
    let found = try search(options).run()
    #expect(found.best.loss <= start - 0.2)
    #expect(found.steps.count < 50)
    #expect(found.steps.dropLast().allSatisfy { $0.loss > start - 0.2 })
  }

  @Test func `what cannot be searched is refused`() throws {
    let bundle = try ModelFixture("families/gpt2").bundle
    func refused(
      _ initial: [Int] = [1], prefix: [Int] = [], target: [Int] = [2],
      options: TokenSearchOptions = TokenSearchOptions()
    ) {
      #expect(throws: AssayError.self) {
        try TokenSearch(
          bundle, prefix: prefix, initial: initial, target: target, options: options)
      }
    }
    refused([])
    refused(target: [])
    refused([61])
    refused([1], prefix: [Int](repeating: 1, count: 48))
    refused(options: TokenSearchOptions(width: 0))
    refused(options: TokenSearchOptions(replacements: 2))
    refused(options: TokenSearchOptions(forbidden: Set(0..<61)))
    #expect(throws: AssayError.self) {
      try TokenSearch(bundle, before: "no tokenizer", initial: "here", target: "either")
    }
    let search = try TokenSearch(bundle, initial: [1], target: [2])
    #expect(throws: AssayError.self) { try withoutGrad { try search.run() } }
  }
}
