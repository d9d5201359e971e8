import AssayCore
import AssayTensor
import Foundation
import Testing

@testable import AssayModels

/// LoRA against PEFT, on the adapters of scripts/make-adapter-fixtures.py.
@Suite struct LowRankAdapterTests {
  private static let bases = ["llama": "gqa-tied", "gpt2": "families/gpt2"]

  private struct Case {
    let model: DecoderModel
    let folder: URL
    let adapter: LowRankAdapter
    let tokens: Tensor
    let logits: Tensor

    init(_ name: String) throws {
      let base = try #require(bases[name])
      model = try #require(try ModelFixture(base).bundle.model as? DecoderModel)
      folder = try ModelFixture.directory("adapters/\(name)")
      adapter = try LowRankAdapter(folder, for: model)
      let expected = try SafetensorsFile(folder.appendingPathComponent("expected.safetensors"))
      (tokens, logits) = (try expected.tensor("tokens"), try expected.tensor("logits"))
    }
  }

  @Test(arguments: ["llama", "gpt2"])
  func `an adapter of PEFT gives PEFT's logits, on the model and merged`(_ name: String) throws {
    let example = try Case(name)
    let adapted = example.model.adapted(by: example.adapter)
    let onTop = withInference { adapted.logits(example.tokens) }
    #expect(maxDifference(onTop, example.logits) < 1e-4)
    let merged = adapted.copy()
    #expect(merged.parameters.count == example.model.parameters.count)
    #expect(maxDifference(withInference { merged.logits(example.tokens) }, example.logits) < 1e-4)
    let plain = withInference { example.model.logits(example.tokens) }
    #expect(maxDifference(plain, example.logits) > 1e-2)
  }

  @Test(arguments: ["llama", "gpt2"])
  func `saved and read again it is the same`(_ name: String) throws {
    let example = try Case(name)
    let scratch = try ScratchDirectory()
    try example.adapter.save(to: scratch.url, baseName: "base")
    let again = try LowRankAdapter(scratch.url, for: example.model)
    #expect(again.settings == example.adapter.settings)
    let weights = "adapter_model.safetensors"
    let theirs = try SafetensorsFile(example.folder.appendingPathComponent(weights))
    let ours = try SafetensorsFile(scratch.url.appendingPathComponent(weights))
    #expect(Set(ours.names) == Set(theirs.names))
    for tensor in theirs.names {
      #expect(try ours.tensor(tensor).isEqual(to: theirs.tensor(tensor)))
    }
  }

  @Test func `training moves the factors, and the base stays`() throws {
    let model = ModelFixture.untrained()
    let before = model.parameters.map { $0.tensor.clone() }
    let adapter = try LowRankAdapter(
      for: model, settings: .init(rank: 4, targets: ["q_proj", "up_proj"]), seed: 1)
    let adapted = model.adapted(by: adapter)
    let tokens = Tensor.randint(0..<64, [8, 12], generator: Generator(seed: 3))
    let batch = TokenBatch(tokens: tokens)
    let start = withInference { adapted.logits(tokens) }
    #expect(maxDifference(start, withInference { model.logits(tokens) }) == 0)

    var settings = TrainingConfiguration(steps: 30)
    settings.learningRate = 1e-2
    settings.quiet = true
    let record = try Trainer(settings).run(adapted) { _ in batch.loss(adapted.logits(batch.inputs))
    }
    let (first, last) = (try #require(record.losses.first), try #require(record.losses.last))
    #expect(last < first - 0.02)
    for (parameter, old) in zip(model.parameters, before) {
      #expect(parameter.tensor.isEqual(to: old), "\(parameter.name)")
    }
    #expect(adapter.factors.allSatisfy { $0.b.abs().amax().item() > 0 })
    #expect(adapter.factors.count == 4)
  }

  @Test func `what does not fit is refused by name`() throws {
    let model = ModelFixture.untrained()
    expectError(.badInput, "'query' to adapt") {
      _ = try LowRankAdapter(for: model, settings: .init(targets: ["query"]), seed: 1)
    }
    expectError(.badInput, "rank 0") {
      _ = try LowRankAdapter(for: model, settings: .init(rank: 0), seed: 1)
    }
    expectError(.notFound, "adapter_config.json") {
      _ = try LowRankAdapter(try ModelFixture.directory("gqa-tied"), for: model)
    }
    expectError(.corrupt, "which do not make") {
      _ = try LowRankAdapter(try ModelFixture.directory("adapters/llama"), for: model)
    }
    expectError(.corrupt, "has no place for") {
      _ = try LowRankAdapter(try ModelFixture.directory("adapters/gpt2"), for: model)
    }
    for (key, value) in [
      ("peft_type", "IA3"), ("use_dora", true), ("bias", "all"), ("modules_to_save", ["lm_head"]),
    ] as [(String, Any)] {
      let scratch = try ScratchDirectory()
      let copy = try scratch.copy("adapters/llama", as: "adapter")
      let file = copy.appendingPathComponent("adapter_config.json")
      var object = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      object[key] = value
      try JSONSerialization.data(withJSONObject: object).write(to: file)
      expectError(.unsupported, key == "peft_type" ? "IA3" : key) {
        _ = try LowRankAdapter(copy, for: model)
      }
    }
  }
}
