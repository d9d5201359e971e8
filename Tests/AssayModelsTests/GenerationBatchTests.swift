import AssayCore
import AssayTensor
import Testing

@testable import AssayModels

/// Batches whose rows end and begin at different times, on every family.
@Suite struct GenerationBatchTests {
  /// Where frequencies follow the length of the text, keys cannot be moved between texts.
  static let cases = FamilyTests.cases.filter { $0 != "llama-dynamic" }

  private func bundle(_ name: String) throws -> ModelBundle {
    try ModelFixture("families/\(name)").bundle
  }

  /// Greedy tokens by whole passes without a cache.
  private func greedy(_ model: any LanguageModel, _ prompt: [Int], _ count: Int, _ stop: Set<Int>)
    -> [Int]
  {
    var tokens = prompt
    while tokens.count < prompt.count + count {
      let logits = withInference { model.logits(Tensor(tokens, shape: [1, tokens.count])) }
      tokens.append(logits[0][tokens.count - 1].argmax().intItem())
      if stop.contains(tokens[tokens.count - 1]) { break }
    }
    return Array(tokens[prompt.count...])
  }

  private func prompts(_ model: any LanguageModel, count: Int) -> [[Int]] {
    var random = SplitMix64(seed: 11)
    return (0..<count).map { row in
      (0..<(2 + (row * 5) % 9)).map { _ in
        Int(random.next() % UInt64(model.configuration.vocabularySize))
      }
    }
  }

  @Test(arguments: cases)
  func `rows refilled while others go on give what whole passes give`(_ name: String) throws {
    let bundle = try bundle(name)
    let stop = Array(stride(from: 1, to: bundle.model.configuration.vocabularySize, by: 6))
    let prompts = prompts(bundle.model, count: 11)
    let expected = prompts.map { greedy(bundle.model, $0, 14, Set(stop)) }
    #expect(Set(expected.map(\.count)).count > 1, "texts of different lengths")
    for batchSize in [1, 4, 64] {
      let made = try TextGenerator(bundle, batchSize: batchSize).generate(
        tokens: prompts, options: GenerationOptions(maxNewTokens: 14, stop: stop))
      #expect(made.map(\.tokens) == expected, "batches of \(batchSize)")
    }
  }

  @Test(arguments: ["gpt2", "gemma2", "mistral"])
  func `rows that reach the end of the context leave the others alone`(_ name: String) throws {
    let bundle = try bundle(name)
    let context = bundle.model.configuration.contextLength
    let prompts = [3, context - 2, 5, context - 7, 4, context - 1].enumerated().map { at, count in
      (0..<count).map { (7 * $0 + at) % bundle.model.configuration.vocabularySize }
    }
    let made = try TextGenerator(bundle, batchSize: 3).generate(
      tokens: prompts, options: GenerationOptions(maxNewTokens: 20, stop: []))
    #expect(made.map(\.tokens.count) == prompts.map { min(20, context - $0.count) })
    for (prompt, result) in zip(prompts, made) {
      #expect(result.tokens == greedy(bundle.model, prompt, result.tokens.count, []))
    }
  }

  @Test func `sampled texts do not depend on the size of the batch`() throws {
    let bundle = try bundle("qwen2")
    let prompts = prompts(bundle.model, count: 20)
    let options = GenerationOptions(
      maxNewTokens: 10, temperature: 0.9, topP: 0.9, seed: 4, stop: [1, 9, 17, 25, 33])
    let alone = try TextGenerator(bundle, batchSize: 1).generate(tokens: prompts, options: options)
    for batchSize in [3, 64] {
      let made = try TextGenerator(bundle, batchSize: batchSize).generate(
        tokens: prompts, options: options)
      #expect(made.map(\.tokens) == alone.map(\.tokens))
    }
  }

  @Test func `nothing asked for is nothing written`() throws {
    let bundle = try bundle("gpt2")
    #expect(try TextGenerator(bundle).generate(tokens: []).isEmpty)
    let made = try TextGenerator(bundle).generate(tokens: [[1], [2]], options: .greedy(0))
    #expect(made.map(\.tokens) == [[], []])
  }

  @Test func `equal prompts are read once and sampled apart`() throws {
    let bundle = try bundle("olmo2")
    let options = GenerationOptions(maxNewTokens: 6, temperature: 1.5, seed: 2, stop: [])
    let made = try TextGenerator(bundle).generate(
      tokens: [[Int]](repeating: [3, 1, 4], count: 8), options: options)
    #expect(Set(made.map(\.tokens)).count > 4)
    for same in Dictionary(grouping: made, by: { $0.tokens[0] }).values {
      let scores = same.map { $0.logProbabilities[0] }
      #expect((scores.max() ?? 0) - (scores.min() ?? 0) < 1e-5, "one distribution for all")
    }
  }
}
