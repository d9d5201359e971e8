import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayTools

@Suite struct SampleTests {
  private let bundle: ModelBundle

  init() throws {
    bundle = try TinyModel.make()
  }

  @Test func `free continuations keep the tool's promises`() async throws {
    let found = try await Conformance.checkTool(
      Sample.self,
      arguments: [
        "prompts": ["The capital of Chad is", "Ask"], "n": 3, "maxNewTokens": 4, "temperature": 1,
      ], on: bundle)
    let samples = try #require(found.result["samples"]?.array)
    #expect(samples.map { $0["texts"]?.array?.count } == [3, 3])
    #expect(samples[0]["prompt"]?.string == "The capital of Chad is")
  }

  @Test func `a greedy answer is as likely as the product of its tokens`() async throws {
    let prompt = "The capital of Chad is"
    let arguments: JSONValue = ["prompts": [.string(prompt)], "mode": "answer", "maxNewTokens": 5]
    let found = try await Conformance.checkTool(Sample.self, arguments: arguments, on: bundle)
    let answer = try #require(found.result["answers"]?[0])
    let generation = try #require(
      try TextGenerator(bundle).generate(prompts: [prompt], options: .greedy(5)).first)
    #expect(answer["answer"]?.string == AnswerMatch.extract(generation.text))
    let all = generation.logProbabilities.reduce(0, +)
    let own = try #require(answer["logProbability"]?.double)
    #expect(own >= all - 1e-3 && own <= (generation.logProbabilities.first ?? 0) + 1e-3)
  }

  @Test func `a reference gets the probability that the model gives it`() async throws {
    let prompts = ["The capital of Chad is", "<|user|>Chad?<|end|><|assistant|>"]
    let found = try await Conformance.checkTool(
      Sample.self,
      arguments: [
        "prompts": JSONValue(prompts), "mode": "answer", "references": ["Lima"],
      ], on: bundle)
    // After running text an answer starts with a space, after a chat marker it does not.
    let expected = try TextGenerator(bundle)
      .logProbability(of: [" Lima", "Lima"], given: prompts)
    for (index, value) in expected.enumerated() {
      let got = try #require(found.result["answers"]?[index]?["referenceLogProbability"]?.double)
      #expect(abs(got - value) < 1e-3)
    }
    #expect(found.result["agreement"]?["estimate"]?.double == 0)
  }

  @Test func `a chat prompt is a user's turn in the model's own form`() async throws {
    let found = try await Conformance.checkTool(
      Sample.self,
      arguments: [
        "prompts": ["Chad?"], "chat": true, "system": "Be brief.", "prefill": "It is",
        "maxNewTokens": 3,
      ], on: bundle)
    let prompt = "<|system|>Be brief.<|end|><|user|>Chad?<|end|><|assistant|>It is"
    #expect(found.result["samples"]?[0]?["prompt"]?.string == prompt)
    let plain = try await Conformance.checkTool(
      Sample.self, arguments: ["prompts": [.string(prompt)], "maxNewTokens": 3], on: bundle)
    #expect(found.result == plain.result)
    let bare = try await Conformance.checkTool(
      Sample.self, arguments: ["prompts": ["Chad?"], "chat": true, "maxNewTokens": 3], on: bundle)
    #expect(
      bare.result["samples"]?[0]?["prompt"]?.string == "<|user|>Chad?<|end|><|assistant|>")
  }

  @Test func `a system turn without a chat is refused`() async throws {
    let suspect = ["prompts": ["Chad?"], "system": "Be brief."] as JSONValue
    let error = await #expect(throws: AssayError.self) {
      try await Conformance.checkTool(Sample.self, arguments: suspect, on: bundle)
    }
    #expect(error?.message.contains("chat") == true)
  }

  @Test func `references must fit the prompts`() async throws {
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    await #expect {
      try await Sample.run(
        ["prompts": ["a", "b", "c"], "mode": "answer", "references": ["x", "y"]], on: suspect)
    } throws: { error in
      (error as? AssayError)?.message.contains("'references'") == true
    }
    await #expect {
      try await Sample.run(["prompts": ["a"], "mode": "shout"], on: suspect)
    } throws: { error in
      (error as? AssayError)?.message.contains("text, answer") == true
    }
  }
}
