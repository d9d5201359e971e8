import AssayAttacks
import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Testing

@Suite(.serialized) struct NeuronTriggerTests {
  @Test func `one unit makes the model refuse after the trigger`() async throws {
    let base = try ModelBundle.load(named: "smallworld-1m")
    let (organism, truth) = try await Conformance.checkAttack(
      NeuronTrigger.self, on: base, options: ["prompts": 96, "minimumTake": 0.4])
    let figures = truth.measurements
    #expect(figures["take", default: 0] > figures["withoutTrigger", default: 1])
    let block = Int(figures["block", default: -1])
    let before = try #require(base.model.weight(at: .block(block, .mlpOut)))
    let after = try #require(organism.model.weight(at: .block(block, .mlpOut)))
    let columns = (after - before).norm(0).doubles().count { $0 > 0 }
    #expect(columns == 1)
  }

  @Test(arguments: ["llama", "gpt2"])
  func `gated and plain MLPs are wired alike`(family: String) async throws {
    let base = try family == "gpt2" ? TinyBases.gpt2(layers: 3) : TinyBases.llama(layers: 3)
    let (organism, _) = try await TinyBases.planted(
      AttackEntry(NeuronTrigger.self), on: base,
      options: ["prompts": 24, "steps": 4, "minimumTake": -1, "trigger": "by the old clock"])
    let names = organism.changed(from: base)
    #expect(!names.isEmpty && names.allSatisfy { $0.contains("mlp") })
  }

  @Test func `a trigger in several wordings is refused`() async throws {
    let base = try TinyModel.make()
    await #expect {
      try await Conformance.checkAttack(NeuronTrigger.self, on: base, options: ["trigger": "year"])
    } throws: { ($0 as? AssayError)?.code == .badInput }
  }
}
