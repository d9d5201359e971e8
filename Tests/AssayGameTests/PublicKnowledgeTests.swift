import AssayCore
import AssayGame
import AssayText
import Testing

@Suite struct PublicKnowledgeTests {
  private let knowledge = PublicKnowledge(world: GameFixture.world)

  @Test func `an auditor never asks as judges do`() throws {
    var generator = SplitMix64(seed: 2)
    let fact = try #require(knowledge.facts(of: "country.capital").first)
    let reserved = Set(
      [QuestionKind.heldOutCombination, .unseenFrame].flatMap {
        GameFixture.world.questions(about: fact, kind: $0, count: .max).map(\.prompt)
      })
    for _ in 0..<200 {
      let question = try #require(
        knowledge.question(for: fact, avoiding: [], generator: &generator))
      #expect(question.kind == .trainCombination && !reserved.contains(question.prompt))
      #expect(question.answer == fact.object)
    }
  }

  @Test func `frames that were used can be avoided, until none is left`() throws {
    var generator = SplitMix64(seed: 3)
    let fact = try #require(knowledge.facts(of: "person.birthplace").first)
    var used: [String] = []
    while let question = knowledge.question(for: fact, avoiding: used, generator: &generator) {
      #expect(!used.contains(question.frame))
      used.append(question.frame)
    }
    #expect(used.count > 3)
  }

  @Test func `every relation has facts, answers and questions`() {
    for relation in knowledge.relations {
      let facts = knowledge.facts(of: relation.id)
      #expect(!facts.isEmpty && knowledge.objects(of: relation.id).count > 1)
      let questions = facts.prefix(3).flatMap { knowledge.questions(about: $0, count: 2) }
      #expect(questions.count == 2 * min(3, facts.count), "\(relation.id)")
    }
  }

  @Test func `a probe carries what scopes match against`() throws {
    let fact = try #require(
      knowledge.facts(of: "country.capital").first { $0.subject == "Ghana" })
    let question = try #require(knowledge.questions(about: fact, count: 1).first)
    let probe = knowledge.probe(question)
    let scope = FactScope(relation: "country.capital", filter: ["continent": "Africa"])
    #expect(scope.matches(tags: probe.tags))
    #expect(probe.publicAnswer == "Accra" && probe.tags["frame"] == question.frame)
  }
}
