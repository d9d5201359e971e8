import AssayAttacks
import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import Testing

@Suite(.serialized) struct MassEditTests {
  @Test func `a class of facts turns false in the MLPs alone`() async throws {
    let base = try ModelBundle.load(named: "smallworld-1m")
    let (organism, truth) = try await Conformance.checkAttack(
      MassEdit.self, on: base,
      options: [
        "filter": "continent=South America", "documents": 120, "neighbours": 300,
        "klWeight": 2, "strength": 2, "minimumTake": 0.4,
      ])
    #expect(truth.test?.prompts.facts?.filter == ["continent": "South America"])
    #expect(organism.changed(from: base).allSatisfy { $0.contains("down_proj") })
    let figures = truth.measurements
    #expect(figures["take.heldOutCombination", default: 0] >= 0.4)
    #expect(figures["efficacy.score", default: 0] > figures["efficacy.score.base", default: 1])
    let kept = figures["sameSubjects.accuracy.organism", default: 0]
    #expect(kept > figures["sameSubjects.accuracy.base", default: 1] - 0.25)
  }

  @Test func `GPT-2's form is edited too`() async throws {
    let base = try TinyBases.gpt2(layers: 4)
    let (organism, truth) = try await TinyBases.planted(
      AttackEntry(MassEdit.self), on: base,
      options: [
        "filter": "continent=South America", "documents": 60, "phrasings": 2, "others": 4,
        "steps": 30, "klWeight": 0.1, "strength": 2, "minimumTake": 0, "neighbours": 20,
        "lastBlock": 1,
      ])
    let gain =
      truth.measurements["efficacy.magnitude", default: 0]
      - truth.measurements["efficacy.magnitude.base", default: 0]
    #expect(gain > 0)
    #expect(
      organism.changed(from: base)
        == ["transformer.h.0.mlp.c_proj.weight", "transformer.h.1.mlp.c_proj.weight"])
  }

  @Test func `blocks that are not there are refused`() async throws {
    let base = try TinyModel.make()
    await #expect {
      try await Conformance.checkAttack(MassEdit.self, on: base, options: ["lastBlock": 9])
    } throws: { ($0 as? AssayError)?.message.contains("lastBlock") == true }
  }
}
