import AssayCore
import AssayTensor
import AssayText
import Foundation
import Testing

@testable import AssayModels

@Suite struct ConstraintTests {
  private let bundle: ModelBundle
  private let generator: TextGenerator

  init() throws {
    bundle = try TalkingModel.make()
    generator = TextGenerator(bundle)
  }

  @Test func `only allowed tokens are written, the likeliest of them`() throws {
    for temperature in [0.0, 2.0] {
      let made = try generator.generate(
        prompts: ["a", "the town of"],
        options: GenerationOptions(
          maxNewTokens: 30, temperature: temperature, stop: [], allowedTokens: [511, 7, 300, 12],
          bannedTokens: [12]))
      #expect(made.allSatisfy { Set($0.tokens).isSubset(of: [511, 7, 300]) })
    }
    let first = try generator.generate(
      prompts: ["a"], options: GenerationOptions(maxNewTokens: 1, allowedTokens: [511, 7, 300]))[0]
    let scores = try generator.nextTokenLogProbabilities(["a"])[0].floats()
    #expect(first.tokens[0] == [511, 7, 300].max { scores[$0] < scores[$1] })
    // Scores are those of the model, not of the three.
    #expect(abs(first.logProbabilities[0] - Double(scores[first.tokens[0]])) < 1e-4)
  }

  @Test func `a banned token gives way to the next likeliest`() throws {
    let scores = try generator.nextTokenLogProbabilities(["a"])
    let best = scores.topK(2).indices.ints()
    let made = try generator.generate(
      prompts: ["a"],
      options: GenerationOptions(maxNewTokens: 1, stop: [], bannedTokens: [best[0]]))[0]
    #expect(made.tokens == [best[1]])
  }

  @Test func `exactly one of the choices is written`() throws {
    let choices = [" yes", " no", " yes indeed", " perhaps"]
    let end = try #require(bundle.endOfSequence.first)
    var seen: Set<String> = []
    let options = GenerationOptions(
      maxNewTokens: 20, temperature: 8, seed: 3, choices: choices)
    for made in try generator.generate(
      prompts: (0..<60).map { "question \($0)" }, options: options)
    {
      seen.insert(made.text)
      #expect(choices.contains(made.text))
      let own = try bundle.requireTokenizer().encode(made.text)
      // Only the choice that begins another needs a stop token to end with.
      #expect(made.tokens == (made.text == " yes" ? own + [end] : own))
    }
    #expect(seen == Set(choices))
  }

  @Test func `probabilities of choices are those of the tokens, and order sampling`() throws {
    let choices = [" red", " green", " a much longer choice"]
    let scores = try generator.choiceLogProbabilities(choices, prompts: ["a", "b c"])
    #expect(scores.count == 2 && scores.allSatisfy { $0.count == 3 })
    let made = try generator.generate(
      prompts: ["a", "b c"], options: GenerationOptions(choices: choices))
    for (row, result) in made.enumerated() {
      let at = try #require(choices.firstIndex(of: result.text))
      #expect(abs(result.logProbabilities.reduce(0, +) - scores[row][at]) < 1e-3)
    }
  }

  @Test func `alternatives are the likeliest tokens at each step`() throws {
    let made = try generator.generate(
      prompts: ["a", "b c"],
      options: GenerationOptions(
        maxNewTokens: 4, temperature: 3, stop: [], topLogProbabilities: 5))
    let tokenizer = try bundle.requireTokenizer()
    for (prompt, result) in zip(["a", "b c"], made) {
      var context = tokenizer.encode(prompt)
      #expect(result.alternatives.count == 4)
      for (step, token) in result.tokens.enumerated() {
        let scores = withInference {
          bundle.model.logits(Tensor(context, shape: [1, context.count]))[0][context.count - 1]
            .logSoftmax(-1)
        }
        let best = scores.topK(5)
        #expect(result.alternatives[step].map(\.token) == best.indices.ints())
        for (found, score) in zip(result.alternatives[step], best.values.floats()) {
          #expect(abs(found.logProbability - Double(score)) < 1e-3)
        }
        context.append(token)
      }
    }
    let without = try generator.generate(prompts: ["a"], options: .greedy(2))
    #expect(without[0].alternatives.isEmpty)
  }

  @Test func `constraints that allow nothing are refused with a reason`() throws {
    func refused(_ words: String, _ options: GenerationOptions, prompt: String = "a") {
      expectError(.badInput, words) {
        _ = try generator.generate(prompts: [prompt], options: options)
      }
    }
    refused("no token is allowed", GenerationOptions(allowedTokens: []))
    refused("no token is allowed", GenerationOptions(allowedTokens: [3], bannedTokens: [3]))
    refused("token 512 is outside", GenerationOptions(allowedTokens: [512]))
    refused("token -1 is outside", GenerationOptions(bannedTokens: [-1]))
    refused("there is no choice", GenerationOptions(choices: []))
    refused("has no tokens", GenerationOptions(choices: ["x", ""]))
    refused("which is not allowed", GenerationOptions(allowedTokens: [3], choices: ["x"]))
    refused("one choice begins another", GenerationOptions(stop: [], choices: ["x", "x x"]))
    refused("the longest choice takes", GenerationOptions(maxNewTokens: 1, choices: ["x y z"]))
    let long = [Int](repeating: 7, count: 255)
    expectError(.badInput, "exceed the context of 256") {
      _ = try generator.generate(tokens: [long], options: GenerationOptions(choices: ["x y z"]))
    }
  }
}
