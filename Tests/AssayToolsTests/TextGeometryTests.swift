import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct TextGeometryTests {
  private let bundle: ModelBundle
  private static let few: JSONValue = ["sources": ["smallworld/news"], "documents": 3]

  init() throws {
    bundle = try TinyModel.make()
  }

  @Test func `the top context of a unit is where it peaks`() async throws {
    var arguments = Self.few
    arguments["unit"] = "blocks.1.mlp.hidden[5]"
    let found = try await Conformance.checkTool(
      TopContexts.self, arguments: arguments, on: bundle)
    let suspect = WeightModels.suspect(bundle)
    let tokenizer = try bundle.requireTokenizer()
    var all: [Double] = []
    for document in try suspect.documents(from: "smallworld/news", count: 3) {
      let ids = Array(tokenizer.encode(document.text).prefix(256))
      let taps = Taps(reading: [.block(1, .mlpHidden)])
      all += try withInference {
        _ = bundle.model.logits(Tensor(rows: [ids]), taps: taps)
        return try #require(taps[.block(1, .mlpHidden)])[0].select(1, index: 5).doubles()
      }
    }
    let peak = try #require(all.max { abs($0) < abs($1) })
    #expect(abs((found.result["peak"]?.double ?? 0) - peak) < 1e-3)
    #expect(found.result["tokens"]?.int == all.count)
    for unit in [
      "blocks.1.mlp.hidden", "blocks.1.mlp.hidden[64]", "blocks.9.mlp.hidden[1]", "x[1]",
    ] {
      await #expect(throws: AssayError.self) {
        try await TopContexts.run(["unit": .string(unit)], on: suspect)
      }
    }
  }

  @Test func `a tuned lens is nearer to the end than the logit lens, and is trained once`()
    async throws
  {
    let bundle = try ModelBundle.load(named: "smallworld-1m")
    var arguments = Self.few
    arguments["steps"] = 60
    arguments["prompts"] = ["The capital of Chad is"]
    let found = try await Conformance.checkTool(
      TunedLens.self, arguments: arguments, on: bundle)
    let first = try #require(found.result["lens"]?[0])
    let (own, other) = (first["divergence"]?.double, first["logitLensDivergence"]?.double)
    #expect(try #require(own) < #require(other))
    let shown = try #require(found.result["prompts"]?[0]?["layers"]?[3]?["answers"]?[0])
    let tokenizer = try bundle.requireTokenizer()
    let expected = try TextGenerator(bundle).nextTokenLogProbabilities(["The capital of Chad is"])
    #expect(shown["token"]?.string == tokenizer.decode([expected.argmax(-1).ints()[0]]))
    let suspect = WeightModels.suspect(bundle)
    let once = try await TunedLens.run(arguments, on: suspect)
    let again = try await TunedLens.run(arguments, on: suspect)
    #expect(once.trainingTokens == 60 * 128 && again.trainingTokens == 0)
    #expect(again.tokens < once.tokens && again.result == once.result)
  }

  @Test func `a baseline that is the suspect differs in nothing, another one in what was changed`()
    async throws
  {
    let models = try TriggerModels()
    let suspect = WeightModels.suspect(models.wired)
    try suspect.keep(models.wired.clone(), as: "same")
    try suspect.keep(models.clean, as: "clean")
    var arguments: JSONValue = ["documents": 4, "baseline": "same"]
    let same = try await BaselineDifference.run(arguments, on: suspect)
    #expect(abs(same.result["layers"]?[1]?["divergence"]?.double ?? 9) < 1e-4)
    arguments["baseline"] = "clean"
    let other = try await BaselineDifference.run(arguments, on: suspect)
    #expect((other.result["layers"]?[1]?["divergence"]?.double ?? 0) > 1e-3)
    #expect(
      try ToolEntry(BaselineDifference.self).estimate(arguments, on: suspect).least.tokens
        == other.tokens)
    arguments["baseline"] = "unknown"
    await #expect(throws: AssayError.self) {
      try await BaselineDifference.run(arguments, on: suspect)
    }
  }

  @Test(arguments: ["topk", "jumprelu"])
  func `an autoencoder says how good it is, and is trained once`(_ form: String) async throws {
    var arguments = Self.few
    arguments["form"] = .string(form)
    arguments["heldOut"] = 1
    arguments["steps"] = 150
    arguments["active"] = 8
    let found = try await Conformance.checkTool(
      SparseAutoencoder.self, arguments: arguments, on: bundle)
    let quality = try #require(found.result["quality"])
    #expect((quality["varianceExplained"]?.double ?? 0) > 0.5)
    #expect((quality["activeFeatures"]?.double ?? 99) <= (form == "topk" ? 8 : 24))
    #expect((0..<1).contains(quality["deadShare"]?.double ?? 1))
    #expect(found.result["strongest"]?.array?.isEmpty == false)
    let suspect = WeightModels.suspect(bundle)
    _ = try await SparseAutoencoder.run(arguments, on: suspect)
    arguments["prompts"] = ["The capital of Chad is"]
    let again = try await SparseAutoencoder.run(arguments, on: suspect)
    #expect(again.trainingTokens == 0 && again.result["onPrompts"]?.array?.isEmpty == false)
  }
}
