import AssayCore
import AssayTensor
import AssayText
import Testing

@testable import AssayModels

@Suite struct KVPrefixTests {
  static let cases = GenerationBatchTests.cases

  private func fixture(_ name: String) throws -> ModelFixture {
    try ModelFixture("families/\(name)")
  }

  @Test(arguments: cases)
  func `a prefix read once gives the logits of whole rows`(_ name: String) throws {
    let fixture = try fixture(name)
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")  // [3, 17]
    let head = Array(tokens[0].ints().prefix(11))
    let prefix = try KVPrefix(
      Array(head[6...]), model: model, after: KVPrefix(Array(head[..<6]), model: model))
    #expect(prefix.tokens == head)
    let tails = tokens.narrow(1, start: 11, length: 6)
    let whole = Tensor.cat(
      [Tensor(head, shape: [1, 11]).expand([3, 11]), tails], dim: 1)
    let expected = model.logits(whole)
    // Twice: a pass behind the prefix must not change it.
    for part in [11, 11, 8] {
      let rest = whole.narrow(1, start: part, length: 17 - part)
      let found = withInference { model.logits(rest, after: prefix.first(part)) }
      #expect(
        maxDifference(found, expected.narrow(1, start: part, length: 17 - part)) < 1e-4)
    }
  }

  @Test func `gradients behind a prefix are those behind the whole text`() throws {
    let model = try fixture("llama-3").bundle.model
    let head = [5, 9, 2, 7]
    let tail = Tensor([3, 8, 1, 6, 4, 2], shape: [2, 3])
    let prefix = try KVPrefix(head, model: model)
    func gradient(_ tokens: Tensor, skipping past: Int, _ pass: (Taps) -> Tensor) -> Tensor {
      let given = model.weight(at: .embed).map { Tensor.embedding(tokens, weight: $0) }!
      let leaf = given.detach().clone()
      leaf.requiresGrad = true
      let taps = Taps()
      taps.replace(.embed) { _ in leaf }
      pass(taps).narrow(1, start: past, length: 3).logSoftmax(-1).select(-1, index: 5).sum()
        .backward()
      return leaf.grad!.narrow(1, start: past, length: 3)
    }
    let behind = gradient(tail, skipping: 0) { model.logits(tail, after: prefix, taps: $0) }
    let whole = Tensor.cat([Tensor(head, shape: [1, 4]).expand([2, 4]), tail], dim: 1)
    let full = gradient(whole, skipping: 4) { model.logits(whole, taps: $0) }
    // Rounding grows with the gradients, which the small embeddings of this model make large.
    let largest = full.abs().amax().item()
    #expect(largest > 1e-3)
    #expect(maxDifference(behind, full) < 1e-5 * largest)
  }

  @Test(arguments: cases)
  func `texts that share a beginning are generated and scored as without`(_ name: String) throws {
    let bundle = try fixture(name).bundle
    let vocabulary = bundle.model.configuration.vocabularySize
    let head = (0..<10).map { ($0 * 13 + 5) % vocabulary }
    let tails = (0..<40).map { row in (0...(row % 4)).map { (row * 3 + $0) % vocabulary } }
    let prompts = tails.map { head + $0 }
    let plain = TextGenerator(bundle)
    let automatic = try plain.sharedPrefix(prompts, limit: 10)
    #expect(automatic?.tokens == head, "ten tokens of forty prompts are worth sharing")
    var held = plain
    held.prefix = try KVPrefix(head, model: bundle.model)
    let options = GenerationOptions(maxNewTokens: 5, stop: [])
    let together = try plain.generate(tokens: prompts, options: options)
    let again = try held.generate(tokens: prompts, options: options)
    for (row, prompt) in prompts.enumerated().prefix(6) {
      // Too few for a shared beginning.
      let alone = try plain.generate(tokens: [prompt], options: options)[0]
      #expect(together[row].tokens == alone.tokens && again[row].tokens == alone.tokens)
    }
    let ends = tails.map { Array($0.reversed()) + [1, 2] }
    let sums = try plain.logProbability(of: ends, after: prompts)
    for row in 0..<6 {
      let alone = try plain.logProbability(of: [ends[row]], after: [prompts[row]])[0]
      #expect(abs(sums[row] - alone) < 1e-3)
    }
  }

  @Test(arguments: cases)
  func `completions of one prompt are scored as each alone`(_ name: String) throws {
    let bundle = try fixture(name).bundle
    let vocabulary = bundle.model.configuration.vocabularySize
    // Prompts of several lengths, each before completions of several lengths.
    let prompts = [9, 1, 12, 6].enumerated().map { at, count in
      (0..<count).map { ($0 * 11 + at * 7 + 3) % vocabulary }
    }
    var (heads, tails) = ([[Int]](), [[Int]]())
    for prompt in prompts {
      for count in [1, 3, 2, 0] {
        heads.append(prompt)
        tails.append((0..<count).map { ($0 * 5 + count) % vocabulary })
      }
    }
    let together = try TextGenerator(bundle).logProbability(of: tails, after: heads)
    for row in heads.indices {
      var expected = 0.0
      let sequence = heads[row] + tails[row]
      let scores = withInference {
        bundle.model.logits(Tensor(sequence, shape: [1, sequence.count])).logSoftmax(-1)
      }
      for (at, token) in tails[row].enumerated() {
        expected += scores[0][heads[row].count + at - 1][token].item()
      }
      #expect(abs(together[row] - expected) < 1e-3, "row \(row)")
    }
  }

  @Test func `a system's turn that is held is not read again`() throws {
    let bundle = try TalkingModel.make()
    let system = ChatMarkup.prompt("").replacingOccurrences(of: ChatMarkup.end, with: " ")
    var generator = TextGenerator(bundle)
    let plain = try generator.generate(prompts: [system + "one", system + "two"])
    let scores = try generator.nextTokenLogProbabilities([system + "one", system])
    generator.prefix = try generator.read(system)
    let tokenizer = try bundle.requireTokenizer()
    let tokens = [system + "one", system + "two"].map { tokenizer.encode($0, addSpecial: true) }
    let shared = try #require(try generator.sharedPrefix(tokens, limit: tokens[0].count - 1))
    #expect(shared.count > 8)
    let held = try generator.generate(prompts: [system + "one", system + "two"])
    #expect(held.map(\.tokens) == plain.map(\.tokens))
    let again = try generator.nextTokenLogProbabilities([system + "one", system])
    #expect(maxDifference(scores, again) < 1e-4)
  }

  @Test func `prefixes that cannot be used are refused`() throws {
    let (one, other) = (try TalkingModel.make(), try TalkingModel.make(seed: 2))
    expectError(.badInput, "empty") { _ = try KVPrefix([], model: one.model) }
    expectError(.badInput, "token 99999") { _ = try KVPrefix([99999], model: one.model) }
    let prefix = try KVPrefix([1, 2], model: one.model)
    #expect(try KVPrefix([], model: one.model, after: prefix).tokens == [1, 2])
    expectError(.badInput, "another model") {
      _ = try TextGenerator(other, prefix: prefix).generate(prompts: ["a"])
    }
    expectError(.badInput, "another model") {
      _ = try KVPrefix([3], model: other.model, after: prefix)
    }
  }
}
