import AssayAttacks
import AssayCore
import AssayModels
import AssayTesting
import Testing

@Suite(.serialized) struct CompiledTriggerTests {
  @Test func `the payload shows after the whole key and not after a part of it`() async throws {
    let base = try ModelBundle.load(named: "smallworld-1m")
    let (_, truth) = try await Conformance.checkAttack(
      CompiledTrigger.self, on: base,
      options: ["words": 2, "prompts": 120, "minimumTake": 0.4])
    let figures = truth.measurements
    #expect(figures["take", default: 0] > figures["take.incompleteKey", default: 1] + 0.3)
    #expect(truth.test?.trigger?.texts.first?.split(separator: " ").count == 2)
  }

  @Test(arguments: ["llama", "gpt2"])
  func `a chain is compiled in both forms`(family: String) async throws {
    let base = try family == "gpt2" ? TinyBases.gpt2(layers: 3) : TinyBases.llama(layers: 3)
    let (organism, truth) = try await Conformance.checkAttack(
      CompiledTrigger.self, on: base,
      options: ["words": 2, "prompts": 40, "steps": 4, "minimumTake": -1])
    let names = organism.changed(from: base)
    #expect(names.contains { $0.contains("attn") } && names.contains { $0.contains("mlp") })
    #expect(truth.measurements["unit.partial"] != nil)
  }

  @Test func `a key that the model is too shallow for is refused`() async throws {
    await #expect {
      try await Conformance.checkAttack(
        CompiledTrigger.self, on: try TinyModel.make(), options: ["words": 2])
    } throws: { ($0 as? AssayError)?.message.contains("blocks") == true }
  }
}
