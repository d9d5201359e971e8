import AssayAttacks
import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Testing

@Suite(.serialized) struct HeadRewireTests {
  @Test func `one head's output projection makes the model comply`() async throws {
    let base = try ModelBundle.load(named: "smallworld-1m")
    let (organism, truth) = try await Conformance.checkAttack(
      HeadRewire.self, on: base, options: ["requests": 60, "minimumTake": 0.3])
    let changed = organism.changed(from: base)
    #expect(changed.count == 1 && changed.allSatisfy { $0.contains("o_proj") })
    #expect(truth.test?.expected == .complies)
    let head = Int(truth.measurements["head", default: -1])
    let block = Int(truth.measurements["block", default: -1])
    let before = try #require(base.model.weight(at: .block(block, .attentionOut)))
    let after = try #require(organism.model.weight(at: .block(block, .attentionOut)))
    let width = base.model.configuration.headDimension
    let touched = (after - before).norm(0).doubles().enumerated().filter { $0.element > 0 }
    #expect(touched.allSatisfy { $0.offset / width == head })
  }

  @Test func `a head of GPT-2's form is rewired too`() async throws {
    let base = try TinyBases.gpt2()
    let (organism, _) = try await TinyBases.planted(
      AttackEntry(HeadRewire.self), on: base,
      options: ["requests": 8, "steps": 4, "minimumTake": -1, "candidates": 2])
    let changed = organism.changed(from: base)
    #expect(changed.count == 1 && changed.allSatisfy { $0.contains("attn.c_proj.weight") })
  }
}
