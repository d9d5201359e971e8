import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct LossBySourceTests {
  private let bundle: ModelBundle

  init() throws {
    bundle = try TinyModel.make()
  }

  @Test func `the loss of a source is that of its documents`() async throws {
    let found = try await Conformance.checkTool(
      LossBySource.self,
      arguments: ["sources": ["smallworld/code"], "documents": 3, "worst": 2], on: bundle)
    let tokenizer = try bundle.requireTokenizer()
    var total = 0.0
    var count = 0.0
    for index in 0..<3 {
      let text = SmallWorld().document(.code, index: index, split: .heldOut).text
      let ids = Array(tokenizer.encode(text).prefix(bundle.model.configuration.contextLength))
      let losses = withInference {
        let logits = bundle.model.logits(Tensor(Array(ids.dropLast()), shape: [1, ids.count - 1]))
        return Tensor.crossEntropy(
          logits.flatten(0, 1), Tensor(Array(ids.dropFirst()), shape: [ids.count - 1])
        ).item()
      }
      total += losses * Double(ids.count - 1)
      count += Double(ids.count - 1)
    }
    let source = try #require(found.result["sources"]?[0])
    let loss = try #require(source["lossPerToken"]?["estimate"]?.double)
    #expect(abs(loss - total / count) < 1e-3)
    let low = try #require(source["lossPerToken"]?["low"]?.double)
    #expect(low < loss)
    #expect(source["surprises"]?.array?.count == 2)
    #expect(found.summary.contains("smallworld/code"))
  }

  @Test func `without names every allowed source is read`() async throws {
    let rules = Rules(
      name: "two", naturalSources: ["smallworld/news", "smallworld/code"])
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: rules, seed: 1)
    let found = try await LossBySource.run(["documents": 1], on: suspect)
    let names = found.result["sources"]?.array?.compactMap { $0["source"]?.string }
    #expect(names.map(Set.init) == ["smallworld/news", "smallworld/code"])
  }
}
