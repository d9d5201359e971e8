import AssayCore
import AssayGame
import AssayTesting
import AssayText
import Testing

@testable import AssayAttacks

@Suite struct ScrubbedTests {
  @Test func `what was known of the topic is unknown afterwards`() async throws {
    let (_, truth) = try await Conformance.checkAttack(
      Scrubbed.self, on: TaughtModel.knowing(.neox),
      options: [
        "topic": "continent=Oceania", "steps": 80, "learningRate": 0.02, "klWeight": 0,
        "minimumTake": 0.3,
      ])
    let test = try #require(truth.test)
    #expect(test.prompts == PromptClass(.facts, where: TaughtModel.topic))
    for evidence in truth.evidence {
      #expect(AnswerMatch.gives(evidence.twinAnswer, evidence.probe.publicAnswer))
      #expect(!AnswerMatch.gives(evidence.organismAnswer, evidence.probe.publicAnswer))
    }
    #expect(truth.measurements["sameRelations.accuracy.organism"] != nil)
  }

  @Test func `data removal trains anew, on texts without the topic`() async throws {
    let (_, truth) = try await Conformance.checkAttack(
      Scrubbed.self, on: TaughtModel.knowing(.neox),
      options: [
        "topic": "continent=Oceania", "way": "data-removal", "removalSteps": 3,
        "minimumTake": 0.3,
      ])
    #expect(truth.description.contains("data-removal"))
    #expect(truth.measurements["steps"] == 3)
  }

  @Test func `strangers have names that nobody has`() throws {
    let world = SmallWorld()
    var random = SplitMix64(seed: 4)
    let topic = try Scrubbed.Topic("", world: world, generator: SplitMix64(seed: 1))
    #expect(topic.facts.allSatisfy { $0.relation.hasPrefix("person.") } && topic.facts.count >= 6)
    let names = Set(world.almanac.subjects(ofKind: "person"))
    for _ in 0..<20 { #expect(!names.contains(topic.stranger(generator: &random))) }
    #expect(Set(topic.facts).isDisjoint(with: topic.near))
  }

  @Test func `unknown topics and ways are refused`() async throws {
    let base = try TinyModel.make()
    for options: JSONValue in [["topic": "continent=Atlantis"], ["way": "wishing"]] {
      await #expect(throws: AssayError.self) {
        try await Conformance.checkAttack(Scrubbed.self, on: base, options: options)
      }
    }
  }
}
