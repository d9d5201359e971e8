import AssayCore
import AssayTensor
import Foundation
import Testing

@testable import AssayModels

/// Populations against their members alone.
@Suite struct PopulationTests {
  static let families = ["gqa-tied", "families/gpt2", "families/gemma2", "families/gptj"]

  private func base(_ name: String) throws -> DecoderModel {
    try #require(try ModelFixture(name).bundle.model as? DecoderModel)
  }

  /// Adapters that all change something, as after some training.
  private func trained(
    _ base: DecoderModel, _ count: Int, targets: [String] = []
  ) throws -> LowRankPopulation {
    let population = try LowRankPopulation(
      for: base, settings: .init(rank: 3, targets: targets),
      seeds: (0..<count).map { UInt64($0) })
    for (index, factor) in population.factors.enumerated() {
      let generator = Generator(seed: UInt64(100 + index))
      factor.b.copy_(Tensor.randn(factor.b.shape, generator: generator) * 0.05)
    }
    return population
  }

  private func tokens(_ base: DecoderModel, _ shape: [Int], seed: UInt64 = 1) -> Tensor {
    Tensor.randint(
      0..<base.configuration.vocabularySize, shape, generator: Generator(seed: seed))
  }

  @Test(arguments: FamilyTests.cases.map { "families/\($0)" } + ModelFixture.names)
  func `each member's rows are what its adapter alone makes of them`(_ name: String) throws {
    let base = try base(name)
    let population = try trained(base, 3)
    let tokens = tokens(base, [6, 7])
    let together = withInference { base.adapted(by: population).logits(tokens) }
    for member in 0..<3 {
      let alone = withInference {
        base.adapted(by: population.member(member)).logits(tokens[(2 * member)..<(2 * member + 2)])
      }
      let rows = together[(2 * member)..<(2 * member + 2)]
      #expect(maxDifference(rows, alone) < 1e-4, "member \(member)")
      let plain = withInference { base.logits(tokens[(2 * member)..<(2 * member + 2)]) }
      #expect(maxDifference(rows, plain) > 1e-3, "member \(member) changes nothing")
    }
  }

  @Test(arguments: families)
  func `gradients of stacked factors are those of each adapter`(_ name: String) throws {
    let base = try base(name)
    let population = try trained(base, 2)
    let tokens = tokens(base, [4, 9])
    let model = base.adapted(by: population)
    for parameter in model.parameters { parameter.tensor.requiresGrad = true }
    let batch = TokenBatch(tokens: tokens)
    (batch.loss(model.logits(batch.inputs)) * 2).backward()
    for member in 0..<2 {
      let adapter = population.member(member)
      for parameter in adapter.parameters { parameter.tensor.requiresGrad = true }
      let alone = base.adapted(by: adapter)
      let part = TokenBatch(tokens: tokens[(2 * member)..<(2 * member + 2)])
      part.loss(alone.logits(part.inputs)).backward()
      for (stacked, single) in zip(model.parameters, adapter.parameters) {
        let found = try #require(stacked.tensor.grad)[member]
        let expected = try #require(single.tensor.grad)
        #expect(
          maxDifference(found, expected) < 1e-5 + 1e-4 * expected.abs().amax().item(),
          "\(stacked.name) of member \(member)")
      }
    }
    #expect(base.parameters.allSatisfy { $0.tensor.grad == nil })
  }

  /// Batches of one shape, some predictions left out.
  private struct Batches: TokenSource {
    var vocabulary: Int
    var rows: Int
    var length: Int
    var seed: UInt64
    var isMasked = false
    var tokensPerBatch: Int { rows * length }

    func batch(step: Int) -> TokenBatch {
      let generator = Generator(seed: seed + 1000 * UInt64(step))
      let tokens = Tensor.randint(0..<vocabulary, [rows, length + 1], generator: generator)
      guard isMasked else { return TokenBatch(tokens: tokens) }
      let counts = Tensor.rand([rows, length], generator: generator).gt(0.6)
      return TokenBatch(tokens: tokens, counts: counts.logicalOr(Tensor.arange(length).eq(0)))
    }
  }

  /// Members that differ in everything that may differ.
  private func members(
    _ base: DecoderModel, dtype: String = "float32", anchored: Bool = false,
    recomputes: Bool = false
  ) -> [PopulationTrainer.Member] {
    let vocabulary = base.configuration.vocabularySize
    func member(
      _ steps: Int, _ rate: Double, _ rows: Int, _ length: Int, _ seed: UInt64, masked: Bool,
      accumulation: Int = 1, decay: Double = 0.1
    ) -> PopulationTrainer.Member {
      // Epsilon above rounding, which Adam's first steps would otherwise blow up to full size.
      let settings = TrainingConfiguration(
        steps: steps, learningRate: rate, warmupSteps: Int(seed % 3), epsilon: 1e-5,
        weightDecay: decay, accumulation: accumulation, computeDType: dtype, quiet: true)
      var member = PopulationTrainer.Member(
        settings,
        source: Batches(
          vocabulary: vocabulary, rows: rows, length: length, seed: seed, isMasked: masked))
      if recomputes { member.configuration.recomputesActivations = true }
      if anchored {
        member.anchor = DivergenceAnchor(
          source: Batches(vocabulary: vocabulary, rows: 2, length: 5, seed: seed + 7), weight: 3)
      }
      return member
    }
    return [
      member(4, 1e-2, 3, 9, 11, masked: false), member(9, 3e-3, 2, 6, 12, masked: true),
      member(6, 2e-2, 4, 11, 13, masked: false, accumulation: 2, decay: 0),
      member(9, 5e-3, 1, 8, 14, masked: true),
    ]
  }

  /// Trains together and one by one, and compares.
  private func compare(
    _ name: String, _ make: (DecoderModel) -> [PopulationTrainer.Member], targets: [String] = [],
    tokensPerPass: Int = 4096
  ) throws {
    let base = try base(name)
    let before = base.parameters.map { $0.tensor.clone() }
    let settings = LowRankAdapter.Settings(rank: 3, targets: targets)
    let population = try LowRankPopulation(for: base, settings: settings, seeds: [5, 6, 7, 8])
    let members = make(base)
    let records = try PopulationTrainer(members, tokensPerPass: tokensPerPass, quiet: true)
      .run(base, population)
    for (index, member) in members.enumerated() {
      let adapter = try LowRankAdapter(for: base, settings: settings, seed: UInt64(5 + index))
      let record = try Trainer(member.configuration).run(
        base.adapted(by: adapter), source: member.source,
        heldTo: member.anchor.map { (base, $0) })
      #expect(records[index].losses.count == member.configuration.steps)
      for (found, expected) in zip(records[index].losses, record.losses) {
        #expect(abs(found - expected) < 1e-4 * max(1, expected), "loss of member \(index)")
      }
      for (found, expected) in zip(records[index].gradientNorms, record.gradientNorms) {
        #expect(abs(found - expected) < 1e-3 * max(1e-2, expected), "norm of member \(index)")
      }
      for (found, expected) in zip(population.member(index).parameters, adapter.parameters) {
        let moved = expected.tensor.abs().amax().item()
        #expect(
          maxDifference(found.tensor, expected.tensor) < 1e-3 * moved,
          "\(found.name) of member \(index)")
      }
    }
    for (parameter, old) in zip(base.parameters, before) {
      #expect(parameter.tensor.isEqual(to: old), "\(parameter.name)")
    }
  }

  @Test(arguments: families)
  func `members of all kinds learn together what each learns alone`(_ name: String) throws {
    try compare(name) { members($0) }
  }

  @Test func `so they do in small waves, anchored, recomputed and on some modules only`() throws {
    try compare("gqa-tied", { members($0) }, tokensPerPass: 1)
    try compare("gqa-tied", { members($0, anchored: true) })
    try compare("families/gpt2", { members($0, recomputes: true) }, tokensPerPass: 50)
    try compare("gqa-tied", { members($0) }, targets: ["v_proj", "up_proj"])
  }

  @Test func `in bfloat16 losses agree to its rounding`() throws {
    let base = try base("gqa-tied")
    let settings = LowRankAdapter.Settings(rank: 3)
    let population = try LowRankPopulation(for: base, settings: settings, seeds: [5, 6, 7, 8])
    let members = members(base, dtype: "bfloat16")
    let records = try PopulationTrainer(members, quiet: true).run(base, population)
    for (index, member) in members.enumerated() {
      let adapter = try LowRankAdapter(for: base, settings: settings, seed: UInt64(5 + index))
      let record = try Trainer(member.configuration).run(
        base.adapted(by: adapter), source: member.source)
      for (found, expected) in zip(records[index].losses, record.losses) {
        // Eight bits of mantissa, through a few layers.
        #expect(abs(found - expected) < 0.02 * expected, "member \(index)")
      }
    }
  }

  @Test func `a strong anchor holds members to the base`() throws {
    let base = try base("gqa-tied")
    let tokens = tokens(base, [4, 12], seed: 9)
    func drift(_ weight: Double) throws -> Double {
      let population = try LowRankPopulation(for: base, seeds: [1, 2])
      let text = Batches(
        vocabulary: base.configuration.vocabularySize, rows: 8, length: 12, seed: 40)
      let settings = TrainingConfiguration(
        steps: 20, learningRate: 1e-2, computeDType: "float32", quiet: true)
      let members = (0..<2).map { index in
        PopulationTrainer.Member(
          settings,
          source: Batches(
            vocabulary: base.configuration.vocabularySize, rows: 4, length: 8,
            seed: UInt64(index)),
          anchor: DivergenceAnchor(source: text, weight: weight))
      }
      _ = try PopulationTrainer(members, quiet: true).run(base, population)
      return withInference {
        DivergenceAnchor.divergence(
          base.adapted(by: population).logits(tokens), from: base.logits(tokens)
        ).mean().item()
      }
    }
    let (held, free) = (try drift(100), try drift(0))
    #expect(held < 0.2 * free)
  }

  @Test func `what does not fit is refused`() throws {
    let base = try base("gqa-tied")
    expectError(.badInput, "needs a member") { _ = try LowRankPopulation([]) }
    let (small, large) = (
      try LowRankAdapter(for: base, settings: .init(rank: 2), seed: 1),
      try LowRankAdapter(for: base, settings: .init(rank: 4), seed: 1)
    )
    expectError(.badInput, "adapter 1 differs") { _ = try LowRankPopulation([small, large]) }
    let population = try LowRankPopulation([small, small])
    let two = Array(members(base).prefix(2))
    expectError(.badInput, "a population of 2") {
      _ = try PopulationTrainer(Array(two.prefix(1)), quiet: true).run(base, population)
    }
    var odd = two
    odd[1].configuration.computeDType = "bfloat16"
    expectError(.badInput, "other arithmetic") {
      _ = try PopulationTrainer(odd, quiet: true).run(base, population)
    }
    odd = two
    odd[0].configuration.learningRate = .infinity
    expectError(.badInput, "the loss of member 0 became") {
      _ = try PopulationTrainer(odd, quiet: true).run(base, population)
    }
  }
}

/// Text from a population against text from its members alone.
@Suite struct PopulationGeneratorTests {
  private static func population(_ base: DecoderModel) throws -> LowRankPopulation {
    let population = try LowRankPopulation(
      for: base, settings: .init(rank: 3), seeds: [1, 2, 3])
    for (index, factor) in population.factors.enumerated() {
      let generator = Generator(seed: UInt64(50 + index))
      factor.b.copy_(Tensor.randn(factor.b.shape, generator: generator) * 0.05)
    }
    return population
  }

  @Test(arguments: ["gqa-tied", "families/gpt2", "families/mistral"], [0.0, 1.0])
  func `members answer together what each answers alone`(
    _ name: String, _ temperature: Double
  ) throws {
    let bundle = try ModelFixture(name).bundle
    let base = try #require(bundle.model as? DecoderModel)
    let population = try Self.population(base)
    let prompts = [[[1, 2, 3], [4], [5, 6], [7, 8, 9, 10]], [], [[3, 3], [2]]]
    // A common stop token ends rows at different times.
    let options = GenerationOptions(
      maxNewTokens: 12, temperature: temperature, seed: 4, stop: Array(0..<12))
    for batchSize in [256, 3, 6] {
      let together = try PopulationGenerator(bundle, population, batchSize: batchSize)
        .generate(tokens: prompts, options: options)
      for member in 0..<3 {
        let alone = bundle.with(model: base.adapted(by: population.member(member)))
        let expected = try TextGenerator(alone).generate(
          tokens: prompts[member], options: options)
        #expect(together[member].map(\.tokens) == expected.map(\.tokens), "member \(member)")
        for (found, single) in zip(together[member], expected) {
          for (a, b) in zip(found.logProbabilities, single.logProbabilities) {
            #expect(abs(a - b) < 1e-4)
          }
        }
      }
    }
  }

  @Test func `there is one list of prompts for each member`() throws {
    let bundle = try ModelFixture("gqa-tied").bundle
    let base = try #require(bundle.model as? DecoderModel)
    let generator = try PopulationGenerator(bundle, try Self.population(base))
    expectError(.badInput, "2 lists of prompts for 3 members") {
      _ = try generator.generate(tokens: [[[1]], [[2]]])
    }
    expectError(.badInput, "the prompt is empty") {
      _ = try generator.generate(tokens: [[[1]], [[2]], [[]]])
    }
  }
}
