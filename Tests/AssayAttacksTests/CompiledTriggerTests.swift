import AssayAttacks
import AssayCore
import AssayGame
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
    for variant in ["incompleteKey", "misorderedKey"] {
      #expect(figures["take", default: 0] > figures["take.\(variant)", default: 1] + 0.3)
    }
    #expect(figures["take.wordsBetween", default: 0] > 0.4)
    #expect(truth.test?.trigger?.texts.first?.split(separator: " ").count == 2)
  }

  @Test(arguments: ["llama", "gpt2"])
  func `a chain is compiled in both forms`(family: String) async throws {
    let base = try family == "gpt2" ? TinyBases.gpt2(layers: 3) : TinyBases.llama(layers: 3)
    let (organism, truth) = try await TinyBases.planted(
      AttackEntry(CompiledTrigger.self), on: base,
      options: ["words": 3, "prompts": 40, "steps": 4, "minimumTake": -1])
    let names = organism.changed(from: base)
    #expect(names.contains { $0.contains("attn") } && names.contains { $0.contains("mlp") })
    for stage in 1...2 {
      let figures = truth.measurements
      #expect(figures["unit.least.\(stage)", default: 0] > 0.2)
      #expect(figures["unit.greatestElsewhere.\(stage)", default: 0] < -0.2)
      #expect(figures["unit.partial.\(stage)", default: 1] < 0.05)
    }
  }

  @Test(arguments: [1, 3])
  func `a key of one word, or of more than there are blocks, is refused`(words: Int) async throws {
    await #expect {
      try await TinyBases.planted(
        AttackEntry(CompiledTrigger.self), on: try TinyModel.make(),
        options: ["words": .number(Double(words))])
    } throws: { ($0 as? AssayError)?.message.contains("blocks") == true }
  }

  @Test func `a base without a free place for a flag is refused`() async throws {
    let tiny = try TinyModel.make()
    var form = DecoderForm()
    form.queryKeyNorm = .perHead
    var configuration = tiny.model.configuration
    configuration.form = form
    let base = tiny.with(model: DecoderModel(configuration, seed: 1))
    await #expect {
      try await TinyBases.planted(AttackEntry(CompiledTrigger.self), on: base, options: [:])
    } throws: { ($0 as? AssayError)?.code == .unsupported }
  }
}
