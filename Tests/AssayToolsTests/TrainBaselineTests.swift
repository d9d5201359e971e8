import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct TrainBaselineTests {
  private let bundle: ModelBundle
  private static let quick: JSONValue = [
    "sources": ["smallworld/code"], "sizeRatio": 0.5, "steps": 12, "rows": 4, "length": 32,
  ]

  init() throws {
    bundle = try TinyModel.make()
  }

  @Test func `a baseline is trained on allowed text, within its size, and charged`() async throws {
    let found = try await Conformance.checkTool(
      TrainBaseline.self, arguments: Self.quick, on: bundle)
    #expect(found.trainingTokens == 12 * 4 * 32 && found.tokens == 0)
    let weights = try #require(found.result["weights"]?.int)
    #expect(weights <= bundle.model.parameterCount / 2)
    let loss = try #require(found.result["trainingLoss"]?.double)
    #expect(loss < 6.2, "an untrained model loses the logarithm of 512, 6.24")
  }

  @Test func `a form is as large as may be and no larger`() throws {
    let form = bundle.model.configuration
    let small = try BaselineForm.largest(20_000, like: form)
    let large = try BaselineForm.largest(200_000, like: form)
    for (form, most) in [(small, 20_000), (large, 200_000)] {
      let count = DecoderModel(form, seed: 1).parameterCount
      #expect(count == BaselineForm.weights(form) && count <= most && count > most / 4)
    }
    #expect(large.hiddenSize > small.hiddenSize)
    #expect(throws: AssayError.self) { try BaselineForm.largest(500, like: form) }
  }

  @Test func `rules bound the size, the sources and the tokens`() async throws {
    func run(_ rules: Rules, _ arguments: JSONValue) async throws {
      let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: rules, seed: 1)
      _ = try await ToolEntry(TrainBaseline.self).run(arguments, on: suspect)
    }
    await #expect {
      try await run(.smallBaseline, Self.quick)
    } throws: { error in
      let error = error as? AssayError
      return error?.message
        == "rules 'small-baseline' forbid a baseline of 0.5 of the suspect's size"
        && error?.hint == "'sizeRatio' may be 0.25 at most"
    }
    await #expect {
      try await run(.naturalData, Self.quick)
    } throws: {
      ($0 as? AssayError)?.message.contains("forbid natural text from 'smallworld/code'") == true
    }
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    let estimate = try ToolEntry(TrainBaseline.self).estimate(Self.quick, on: suspect)
    #expect(estimate.least.trainingTokens == 12 * 4 * 32 && estimate.least == estimate.most)
  }

  @Test
  func `loss-by-source compares with a baseline, and shows what the suspect alone does not know`()
    async throws
  {
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    var lesson = Self.quick
    lesson["steps"] = 60
    lesson["learningRate"] = 0.01
    let trained = try await ToolEntry(TrainBaseline.self).run(lesson, on: suspect)
    let id = try #require(trained.result["baseline"]?.string)
    let found = try await ToolEntry(LossBySource.self).run(
      ["sources": ["smallworld/code"], "documents": 4, "baseline": .string(id)], on: suspect)
    let source = try #require(found.result["sources"]?[0])
    let excess = try #require(source["excessOverBaseline"]?["estimate"]?.double)
    // The suspect is untrained, so the baseline knows more of everything.
    #expect(excess > 0.2)
    let alone = try await ToolEntry(LossBySource.self).run(
      ["sources": ["smallworld/code"], "documents": 4], on: suspect)
    #expect(alone.result["sources"]?[0]?["lossPerToken"] == source["lossPerToken"])
    #expect(alone.result["sources"]?[0]?["excessOverBaseline"] == nil)
    #expect(alone.tokens == found.tokens)
    let shown = try #require(source["surprises"]?.array)
    let excesses = shown.compactMap { $0["excess"]?.double }
    #expect(excesses.count == shown.count && excesses == excesses.sorted(by: >))
    await #expect {
      try await ToolEntry(LossBySource.self).run(["baseline": "baseline-x"], on: suspect)
    } throws: { error in
      let error = error as? AssayError
      return error?.message == "there is no baseline 'baseline-x'"
        && error?.hint == "baselines: \(id)"
    }
  }
}
