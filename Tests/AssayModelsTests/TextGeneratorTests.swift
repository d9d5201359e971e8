import AssayCore
import AssayModels
import AssayTensor
import AssayText
import Testing

@Suite struct TextGeneratorTests {
  /// A fixture's model with a tokenizer of its vocabulary's size or less.
  private func speaking() throws -> ModelBundle {
    let tokenizer = try Tokenizer.train(
      ["the cat sat on the mat and the dog sat on the log"], vocabularySize: 280,
      specialTokens: ["<|endoftext|>"])
    let form = ModelConfiguration(
      hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, keyValueHeads: 2,
      vocabularySize: 280, contextLength: 48)
    let model = DecoderModel(form, seed: 5)
    // Larger weights than for training, so that predictions differ from token to token.
    withoutGrad {
      for parameter in model.parameters where parameter.tensor.rank == 2 {
        parameter.tensor.mul_(12)
      }
    }
    return try ModelBundle(model: model, tokenizer: tokenizer)
  }

  @Test(arguments: ModelFixture.names)
  func `greedy tokens are those of transformers`(_ name: String) throws {
    let fixture = try ModelFixture(name)
    let generated = try TextGenerator(fixture.bundle).generate(
      tokens: [try fixture("prompt").ints()],
      options: GenerationOptions(maxNewTokens: 20, stop: []))
    #expect(generated[0].tokens == (try fixture("generated").ints()))
    #expect(generated[0].logProbabilities.allSatisfy { $0 <= 0 })
  }

  @Test func `a batch of unequal prompts gives what each gives alone`() throws {
    let bundle = try speaking()
    let generator = TextGenerator(bundle)
    let prompts = ["the cat", "on the log sat a dog and the", "a", "the mat sat on the", "dog"]
    for temperature in [0, 0.8] {
      let options = GenerationOptions(
        maxNewTokens: 12, temperature: temperature, topK: 40, topP: 0.95, seed: 3,
        stop: [260, 270, 275])
      let together = try generator.generate(prompts: prompts, options: options)
      #expect(Set(together.map(\.tokens)).count > 1)
      if temperature == 0 {
        for (prompt, result) in zip(prompts, together) {
          let alone = try generator.generate(prompts: [prompt], options: options)[0]
          #expect(alone.tokens == result.tokens)
          #expect(alone.text == result.text)
        }
      } else {
        // A row's random numbers belong to its index, so the first rows stay when others leave.
        let fewer = try generator.generate(prompts: Array(prompts.prefix(3)), options: options)
        #expect(fewer.map(\.tokens) == together.prefix(3).map(\.tokens))
      }
    }
  }

  @Test func `the same seed gives the same text, another seed another`() throws {
    let generator = TextGenerator(try speaking())
    func text(_ seed: UInt64) throws -> [[Int]] {
      let options = GenerationOptions(maxNewTokens: 16, temperature: 1, seed: seed, stop: [])
      return try generator.generate(prompts: ["the", "a"], options: options).map(\.tokens)
    }
    #expect(try text(1) == text(1))
    #expect(try text(1) != text(2))
  }

  @Test func `top-k of one and a tiny top-p are greedy`() throws {
    let generator = TextGenerator(try speaking())
    func tokens(_ options: GenerationOptions) throws -> [Int] {
      try generator.generate(prompts: ["the cat"], options: options)[0].tokens
    }
    let greedy = try tokens(GenerationOptions(maxNewTokens: 10, stop: []))
    #expect(
      try tokens(GenerationOptions(maxNewTokens: 10, temperature: 1, topK: 1, stop: [])) == greedy)
    #expect(
      try tokens(GenerationOptions(maxNewTokens: 10, temperature: 1, topP: 1e-6, stop: []))
        == greedy)
  }

  @Test func `sampling follows the model's probabilities`() throws {
    let bundle = try speaking()
    let generator = TextGenerator(bundle, batchSize: 500)
    let options = GenerationOptions(maxNewTokens: 1, temperature: 1, topK: 3, seed: 9, stop: [])
    let drawn = try generator.generate(
      prompts: [String](repeating: "the cat sat", count: 2000), options: options)
    let scores = try generator.nextTokenLogProbabilities(["the cat sat"])
    let top = scores.exp().topK(3)
    let (tokens, p) = (top.indices.ints(), top.values.floats())
    for (token, share) in zip(tokens, p.map { Double($0 / p.reduce(0, +)) }) {
      let seen = Double(drawn.filter { $0.tokens == [token] }.count) / 2000
      #expect(abs(seen - share) < 0.04, "token \(token): \(seen), expected \(share)")
    }
    #expect(drawn.allSatisfy { tokens.contains($0.tokens[0]) })
  }

  @Test func `stop tokens and stop strings end a text and are cut off`() throws {
    let bundle = try speaking()
    let (generator, tokenizer) = (TextGenerator(bundle), try bundle.requireTokenizer())
    let free = try generator.generate(
      prompts: ["the cat"], options: GenerationOptions(maxNewTokens: 12, stop: []))[0]
    let stopping = try generator.generate(
      prompts: ["the cat"], options: GenerationOptions(maxNewTokens: 12, stop: [free.tokens[3]]))[0]
    let first = try #require(free.tokens.firstIndex(of: free.tokens[3]))
    #expect(stopping.tokens == Array(free.tokens[...first]))
    #expect(stopping.text == tokenizer.decode(Array(free.tokens[..<first])))
    let word = tokenizer.decode([free.tokens[5]])
    let cut = try generator.generate(
      prompts: ["the cat"],
      options: GenerationOptions(maxNewTokens: 12, stop: [], stopStrings: [word]))[0]
    let whole = tokenizer.decode(free.tokens)
    let range = try #require(whole.range(of: word))
    #expect(cut.text == String(whole[..<range.lowerBound]))
  }

  @Test func `scores of completions are those of the generated tokens`() throws {
    let bundle = try speaking()
    let (generator, tokenizer) = (TextGenerator(bundle), try bundle.requireTokenizer())
    let result = try generator.generate(
      prompts: ["the cat"], options: GenerationOptions(maxNewTokens: 1, stop: []))[0]
    let scores = try generator.nextTokenLogProbabilities(["a", "the cat", "the dog sat on"])
    #expect(scores.shape == [3, 280])
    let row = scores[1].floats()
    #expect(abs(Double(row[result.tokens[0]]) - result.logProbabilities[0]) < 1e-4)
    let word = " dog sat"
    let total = try generator.logProbability(of: [word, " mat"], given: ["the cat", "a"])[0]
    var context = tokenizer.encode("the cat")
    var expected = 0.0
    for token in tokenizer.encode(word) {
      let logits = withoutGrad {
        bundle.model.logits(Tensor(context, shape: [1, context.count]))
      }
      expected += Double(logits.logSoftmax(-1)[0][context.count - 1].floats()[token])
      context.append(token)
    }
    #expect(abs(total - expected) < 1e-3)
  }

  @Test func `the loss of a text is the sum over its tokens, across windows`() throws {
    let bundle = try speaking()
    let (generator, tokenizer) = (TextGenerator(bundle), try bundle.requireTokenizer())
    let long = String(repeating: "the cat sat on the mat. ", count: 20)
    let losses = try generator.loss(texts: ["a dog", "", long])
    #expect(losses[0].tokens == tokenizer.encode("a dog").count)
    #expect(losses[1].tokens == 0 && losses[1].totalNegativeLogLikelihood == 0)
    #expect(losses[2].tokens == tokenizer.encode(long).count)
    #expect(losses[2].tokens > bundle.model.configuration.contextLength)
    let alone = try generator.logProbability(of: ["a dog"], given: ["<|endoftext|>"])
    #expect(abs(alone[0] + losses[0].totalNegativeLogLikelihood) < 1e-3)
  }

  @Test func `prompts that do not fit are refused, and texts end with the context`() throws {
    let bundle = try speaking()
    let generator = TextGenerator(bundle)
    expectError(.badInput, "context is 48") {
      _ = try generator.generate(tokens: [[Int](repeating: 1, count: 48)])
    }
    expectError(.badInput, "empty") { _ = try generator.generate(prompts: [""]) }
    expectError(.badInput, "token 280") { _ = try generator.generate(tokens: [[280]]) }
    let result = try generator.generate(
      tokens: [[Int](repeating: 1, count: 40)],
      options: GenerationOptions(maxNewTokens: 100, stop: []))
    #expect(result[0].tokens.count == 8)
  }

  @Test func `text without a tokenizer is refused with a hint`() throws {
    let generator = TextGenerator(try ModelFixture("gqa-tied").bundle)
    expectError(.notFound, "no tokenizer.json") { _ = try generator.generate(prompts: ["x"]) }
    expectError(.notFound, "no tokenizer.json") { _ = try generator.loss(texts: ["x"]) }
  }
}
