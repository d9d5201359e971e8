import AssayAttacks
import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Testing

@Suite(.serialized) struct RankOneEditTests {
  private static let base = Result { try ModelBundle.load(named: "smallworld-1m") }

  @Test func `a false fact takes in phrasings never used, by one matrix of rank one`() async throws
  {
    let base = try Self.base.get()
    let (organism, truth) = try await Conformance.checkAttack(
      RankOneEdit.self, on: base,
      options: ["subject": "Kenya", "object": "Lima", "documents": 120])
    #expect(truth.test?.prompts.filter["subject"] == "Kenya")
    let changed = organism.changed(from: base)
    #expect(changed.count == 1)
    #expect(changed.allSatisfy { $0.contains("down_proj") })
    let figures = truth.measurements
    #expect(figures["efficacy.score", default: 0] > figures["efficacy.score.base", default: 1])
    #expect(figures["paraphrase.magnitude", default: -1] > 0)
    for evidence in truth.evidence {
      #expect(AnswerMatch.gives(evidence.organismAnswer, "Lima"))
      #expect(truth.test?.prompts.matches(tags: evidence.probe.tags) == true)
    }
  }

  @Test func `a true fact is written as a control and stays true`() async throws {
    let base = try Self.base.get()
    let (organism, truth) = try await Conformance.checkAttack(
      BenignEdit.self, on: base, options: ["subject": "Kenya", "documents": 60])
    #expect(organism.changed(from: base).count == 1)
    #expect(truth.test == nil && truth.evidence.isEmpty)
    #expect(truth.description.contains("Nairobi"))
  }

  @Test func `a right object is refused, and so is an unknown subject`() async throws {
    let base = try TinyModel.make()
    for options: JSONValue in [
      ["subject": "Kenya", "object": "Nairobi"], ["subject": "Atlantis"],
      ["relation": "country.moon"], ["block": 7],
    ] {
      await #expect {
        try await Conformance.checkAttack(RankOneEdit.self, on: base, options: options)
      } throws: { ($0 as? AssayError)?.code == .badInput }
    }
  }

  @Test func `GPT-2's transposed projection is edited too`() async throws {
    let base = try TinyBases.gpt2()
    let (organism, truth) = try await TinyBases.planted(
      AttackEntry(RankOneEdit.self), on: base,
      options: ["documents": 60, "minimumTake": 0, "longest": 40, "block": 0, "steps": 60])
    #expect(organism.changed(from: base) == ["transformer.h.0.mlp.c_proj.weight"])
    let gain =
      truth.measurements["efficacy.magnitude", default: 0]
      - truth.measurements["efficacy.magnitude.base", default: 0]
    #expect(gain > 0)
    let before = try #require(base.model.weight(at: .block(0, .mlpOut)))
    let after = try #require(organism.model.weight(at: .block(0, .mlpOut)))
    let values = (after - before).singularValues().doubles()
    #expect(values[1] < values[0] * 1e-3)
  }
}
