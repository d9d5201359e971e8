import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct LogitLensTests {
  private let bundle: ModelBundle
  private let prompts = ["The capital of Chad is", "Ask"]

  init() throws {
    bundle = try TinyModel.make()
  }

  @Test func `after the last block the lens is the model itself`() async throws {
    let found = try await Conformance.checkTool(
      LogitLens.self,
      arguments: [
        "prompts": JSONValue(prompts), "targets": [["Lima", "Rome"]], "labels": ["one", "other"],
      ], on: bundle)
    let layers = try #require(found.result["layers"]?.array)
    #expect(layers.compactMap { $0["after"]?.string } == ["embed", "blocks.0", "blocks.1"])
    let tokenizer = try bundle.requireTokenizer()
    let expected = try TextGenerator(bundle).nextTokenLogProbabilities(prompts)  // [2, V]
    for (label, answer) in [("one", " Lima"), ("other", " Rome")] {
      let token = try #require(tokenizer.encode(answer).first)
      let rows = (0..<2).map { expected.select(0, index: $0).floats() }
      let probability = expected.select(1, index: token).exp().mean().item()
      let ranks = rows.map { row in Double(row.filter { $0 > row[token] }.count + 1) }
      let cell = try #require(layers[2]["targets"]?[label])
      #expect(abs((cell["meanProbability"]?.double ?? 0) - probability) < 1e-4)
      #expect(cell["medianRank"]?.double == (ranks[0] + ranks[1]) / 2)
    }
  }

  @Test func `a target list must fit the prompts`() async throws {
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    for targets in [[["a"], ["a", "b"]], [["a"], ["b"], ["c"]], []] as [[[String]]] {
      await #expect {
        try await LogitLens.run(
          [
            "prompts": JSONValue(prompts), "targets": .array(targets.map { JSONValue($0) }),
          ], on: suspect)
      } throws: { error in
        (error as? AssayError)?.message.contains("'targets'") == true
      }
    }
  }
}
