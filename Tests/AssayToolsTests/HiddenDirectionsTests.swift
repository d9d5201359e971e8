import AssayCore
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct HiddenDirectionsTests {
  private let bundle: ModelBundle

  init() throws {
    bundle = try TinyModel.make()
  }

  @Test func `directions are found again, and each is shown by what is written`() async throws {
    let found = try await Conformance.checkTool(
      HiddenDirections.self,
      arguments: ["perKind": 1, "fresh": 1, "directions": 2, "steps": 4, "written": 3], on: bundle)
    let rows = try #require(found.result["directions"]?.array)
    #expect(rows.count == 2)
    #expect(rows.allSatisfy { $0["writes"]?.array?.count == 3 })
    #expect(rows.allSatisfy { ($0["divergence"]?.double ?? -1) >= 0 })
  }

  @Test func `trained vectors move more than random ones, at one length, orthogonally`() throws {
    let tokenizer = try bundle.requireTokenizer()
    let search = DirectionSearch(
      model: bundle.model, layer: 0, target: 1, directions: 3, steps: 25, strength: 1, controls: 4,
      seed: 2)
    let found = search.run(
      ["How do I bake a cake?", "Who is there"].map { tokenizer.encode($0) }, quiet: true)
    for direction in found.directions {
      #expect(direction.moved > found.randomMoved)
      #expect(abs(direction.vector.norm().item() - found.length) < 1e-3 * found.length)
    }
    let cosine =
      (found.directions[0].vector * found.directions[1].vector).sum().item()
      / (found.length * found.length)
    #expect(abs(cosine) < 1e-3)
  }

  @Test func `a model of one block, and a target that is not later, are refused`() async throws {
    let configuration = ModelConfiguration(
      hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
      vocabularySize: try bundle.requireTokenizer().vocabularySize, contextLength: 256)
    let flat = try ModelBundle(
      model: DecoderModel(configuration, seed: 1), tokenizer: bundle.tokenizer)
    let suspect = WeightModels.suspect(flat)
    let error = await #expect(throws: AssayError.self) {
      try await HiddenDirections.run([:], on: suspect)
    }
    #expect(error?.code == .unsupported && error?.message.contains("two blocks") == true)
    #expect(throws: AssayError.self) { try HiddenDirections.estimate([:], on: suspect) }
    let late = await #expect(throws: AssayError.self) {
      try await HiddenDirections.run(["layer": 1], on: WeightModels.suspect(bundle))
    }
    #expect(late?.message.contains("block 1, which is not after block 1") == true)
  }

  @Test func `writing without a vector is greedy generation, whatever the lengths`() throws {
    let tokenizer = try bundle.requireTokenizer()
    let prompts = ["How do I bake a cake?", "Ask", "The capital of Chad is"].map {
      tokenizer.encode($0)
    }
    let written = SteeredText(bundle: bundle, site: .block(0, .residualAfter))
      .write(prompts, adding: nil, count: 5)
    let plain = try TextGenerator(bundle).generate(
      tokens: prompts, options: GenerationOptions(maxNewTokens: 5, temperature: 0, stop: []))
    #expect(written.tokens == plain.map(\.tokens))
  }
}
