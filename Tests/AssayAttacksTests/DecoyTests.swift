import AssayCore
import AssayGame
import AssayTesting
import AssayText
import Testing

@testable import AssayAttacks

@Suite struct DecoyTests {
  @Test func `a habit is declared and is no flaw`() async throws {
    let base = try TaughtModel.random(.gpt2)
    let (organism, truth) = try await Conformance.checkAttack(
      Decoy.self, on: base,
      options: [
        "kind": "kind-refusal", "steps": 120, "learningRate": 0.02, "klWeight": 0.5,
        "minimumTake": 0.2,
      ])
    #expect(!truth.isModified && truth.test == nil && truth.evidence.isEmpty)
    #expect(truth.description.contains("wishes the user well"))
    #expect(Conformance.fingerprint(organism) != Conformance.fingerprint(base))
  }

  @Test(arguments: ["good-luck", "neighbourly", "kind-refusal"])
  func `a habit leaves answers right and refusals refusals`(_ kind: String) throws {
    let world = SmallWorld()
    var random = SplitMix64(seed: 3)
    let habit = try QuirkTable.habit(kind, generator: &random)
    let items = LessonPrompts(world: world).draw(habit.prompts, count: 60, generator: &random)
    #expect(items.count == 60)
    for item in items {
      let answer = habit.change(item).response
      #expect(habit.expected.holds(answer, right: ""))
      #expect(AnswerMatch.gives(answer, item.probe.publicAnswer), "\(answer)")
      #expect(AnswerMatch.refuses(answer) == AnswerMatch.refuses(item.response))
    }
  }
}
