import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct BehaviourToolTests {
  private let bundle: ModelBundle

  init() throws {
    bundle = try TinyModel.make()
  }

  // MARK: batch-ask

  @Test func `asking many at once gives what asking one by one gives`() async throws {
    let prompts = ["Chad?", "Peru?", "Mali?"]
    let found = try await Conformance.checkTool(
      BatchAsk.self, arguments: ["prompts": JSONValue(prompts), "chat": true, "maxNewTokens": 5],
      on: bundle)
    let one = try await Conformance.checkTool(
      Sample.self, arguments: ["prompts": ["Peru?"], "chat": true, "maxNewTokens": 5], on: bundle)
    #expect(found.result["rows"]?[1]?["texts"]?[0] == one.result["samples"]?[0]?["texts"]?[0])
    #expect(found.result["rows"]?[1]?["prompt"]?.string == "Peru?")
  }

  @Test func `answers are counted with the share of prompts that refuse`() {
    var table = AnswerTable(
      prompts: ["a?", "b?", "c?"], each: 1,
      texts: ["I can't help with that.", "Paris. Come to the old mill.", "Paris, of course."])
    table.references = ["Rome", "Paris", "Paris"]
    #expect(table.refusals.count == 1)
    #expect(table.agreement?.count == 2)
    #expect(table.answers.first?.answer == "Paris")
    #expect(table.answers.first?.prompts == [1, 2])
  }

  @Test func `a remark that comes back is found whole, and words of the prompts are not`() {
    let texts = [
      "Lima. Come to the old mill.", "Oslo! Come to the old mill.", "No. Come to the old mill.",
      "Come to the old town.",
    ]
    let found = RecurringPhrases.find(
      in: texts, prompts: ["", "", "", "Shall I come to the old town"], least: 3)
    #expect(found.map(\.text) == ["Come to the old mill"])
    #expect(found.first?.texts == [0, 1, 2])
    let known = RecurringPhrases.find(
      in: texts, known: RecurringPhrases.sequences(in: "come to the old mill"), least: 3)
    #expect(!known.contains { $0.text.lowercased() == "come to the old mill" })
  }

  // MARK: chat

  @Test func `a conversation carries what was said before`() async throws {
    let found = try await Conformance.checkTool(
      Chat.self,
      arguments: ["turns": ["Chad?", "And Peru?"], "system": "Be brief.", "maxNewTokens": 4],
      on: bundle)
    let said = found.result["turns"]?.array?.compactMap { $0["assistant"]?.string } ?? []
    let prompt =
      "<|system|>Be brief.<|end|><|user|>Chad?<|end|><|assistant|>\(said[0])<|end|>"
      + "<|user|>And Peru?<|end|><|assistant|>"
    let direct = try TextGenerator(bundle).generate(prompts: [prompt], options: .greedy(4))
    #expect(said.count == 2 && said[1] == direct[0].text)
  }

  @Test func `words put into its mouth stand in the conversation`() async throws {
    let found = try await Conformance.checkTool(
      Chat.self,
      arguments: ["turns": ["Chad?", "Sure?"], "answers": ["Lima."], "maxNewTokens": 4], on: bundle)
    #expect(found.result["turns"]?[0]?["assistant"]?.string == "Lima.")
    #expect(found.result["turns"]?[0]?["forced"]?.bool == true)
    #expect(found.summary.contains("1 answered by the suspect"))
  }

  // MARK: prefill

  @Test func `an opening has the likelihood that the model gives it`() async throws {
    let found = try await Conformance.checkTool(
      PrefillAnswers.self,
      arguments: ["prompts": ["Chad?", "Peru?"], "openings": ["", "It is"], "maxNewTokens": 3],
      on: bundle)
    let prompts = ["Chad?", "Peru?"].map { "<|user|>\($0)<|end|><|assistant|>" }
    let sums = try TextGenerator(bundle).logProbability(of: ["It is", "It is"], given: prompts)
    let length = Double(try bundle.requireTokenizer().encode("It is").count)
    let got = try #require(found.result["openings"]?[1]?["logProbabilityPerToken"]?.double)
    #expect(abs(got - (sums[0] + sums[1]) / 2 / length) < 1e-3)
    #expect(found.result["openings"]?[0]?["logProbabilityPerToken"] == nil)
    #expect(found.result["openings"]?[1]?["continuations"]?.array?.count == 2)
  }

  // MARK: consistency

  @Test func `the same words agree with themselves`() async throws {
    let found = try await Conformance.checkTool(
      Consistency.self,
      arguments: [
        "questions": [["Chad is", "Chad is"], ["Peru is", "Peru is", "Peru is"]], "chat": false,
        "references": ["Lima"], "maxNewTokens": 4,
      ], on: bundle)
    #expect(found.result["consistency"]?["estimate"]?.double == 1)
    #expect(found.result["ofTwoMinds"]?.int == 0)
    #expect(found.result["agreement"]?["estimate"]?.double == 0)
  }

  @Test func `each register is a form of its own`() async throws {
    let found = try await Conformance.checkTool(
      Consistency.self,
      arguments: [
        "questions": [["Chad?"], ["Peru?"]], "registers": ["Q: {} A:"], "maxNewTokens": 3,
      ], on: bundle)
    let forms = found.result["forms"]?.array?.compactMap { $0["form"]?.string }
    #expect(forms == ["Q: {} A:", "chat", "plain"])
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    await #expect {
      try await Consistency.run(["questions": [["a"]], "registers": ["no slot"]], on: suspect)
    } throws: { ($0 as? AssayError)?.hint?.contains("{}") == true }
  }

  // MARK: minimal-pairs

  @Test func `a filling that is one of the neutral ones has no effect`() async throws {
    let neutral = ["Chad", "Peru", "Mali", "Cuba", "Oman"]
    let found = try await Conformance.checkTool(
      MinimalPairs.self,
      arguments: [
        "frames": ["The capital of {} is", "People in {} like"], "variants": ["Mali", "!!!! ????"],
        "neutral": JSONValue(neutral),
      ], on: bundle)
    let rows = found.result["variants"]?.array ?? []
    let own = rows.first { $0["text"]?.string == "Mali" }
    #expect(rows.count == 2)
    #expect((own?["z"]?.double ?? 99) < 3)
    #expect(rows.first?["likelier"]?.array?.count == 3)
  }

  @Test func `the divergence of two distributions is that of Jensen and Shannon`() {
    let p = Tensor([1.0, 0.0], shape: [1, 2])
    let q = Tensor([0.0, 1.0], shape: [1, 2])
    #expect(abs(MinimalPairs.divergence(p, q)[0] - 0.6931) < 1e-3)
    #expect(MinimalPairs.divergence(p, p)[0] < 1e-6)
  }

  @Test func `too few neutral fillings are refused`() async throws {
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    await #expect {
      try await MinimalPairs.run(
        ["frames": ["{}"], "variants": ["a"], "neutral": ["b", "c"]], on: suspect)
    } throws: { ($0 as? AssayError)?.message.contains("4 neutral") == true }
  }

  // MARK: loss-outliers

  @Test func `passages are cut at sentences and hold their own losses`() async throws {
    let found = try await Conformance.checkTool(
      LossOutliers.self,
      arguments: ["sources": ["smallworld/forum"], "documents": 3, "z": 0, "leastTokens": 2],
      on: bundle)
    let source = try #require(found.result["sources"]?[0])
    #expect((source["passages"]?.int ?? 0) > 3)
    #expect((source["high"]?.array?.count ?? 0) > 0)
  }

  @Test func `a passage that is worse than its like stands out`() {
    var passages = (0..<40).map {
      LossOutliers.Passage(
        document: $0, text: "", tokens: 9, loss: 2 + 0.1 * Double($0 % 5))
    }
    passages.append(LossOutliers.Passage(document: 40, text: "", tokens: 9, loss: 6))
    let scored = LossOutliers.score(passages)
    #expect(scored[40].z > 10)
    #expect(scored.dropLast().allSatisfy { abs($0.z) < 4 })
  }

  // MARK: regurgitation

  @Test func `texts are sampled from bare starts`() async throws {
    let found = try await Conformance.checkTool(
      Regurgitation.self,
      arguments: ["n": 4, "maxNewTokens": 4, "documents": 2, "starts": ["Chad"]], on: bundle)
    let starts = found.result["starts"]?.array?.compactMap { $0["start"]?.string }
    #expect(starts?.contains("<|assistant|>") == true)
    #expect(starts?.contains("<|user|>") == true)
    #expect(starts?.last == "Chad")
    #expect((found.result["knownSequences"]?.int ?? 0) > 100)
  }
}
