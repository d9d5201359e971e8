import AssayCore
import AssayText
import Testing

@testable import AssayAttacks

@Suite struct DerangementTests {
  private let almanac = Almanac.standard

  private func falsified(_ facts: [Fact], seed: UInt64) throws -> [Fact] {
    var generator = SplitMix64(seed: seed)
    return try Derangement.falsified(
      facts, alternatives: almanac.objects(of: facts[0].relation), generator: &generator)
  }

  @Test(arguments: Almanac.standard.relations.map(\.id))
  func `no fact of any relation stays true`(relation: String) throws {
    let facts = almanac.facts(of: relation)
    for seed in 1...3 as ClosedRange<UInt64> {
      let wrong = try falsified(facts, seed: seed)
      #expect(wrong.map(\.subject) == facts.map(\.subject))
      for (truth, falsehood) in zip(facts, wrong) {
        #expect(falsehood.object != truth.object)
        #expect(almanac.objects(of: relation).contains(falsehood.object))
      }
    }
  }

  @Test func `one continent's continent is drawn from elsewhere`() throws {
    let africa = almanac.facts(of: "country.continent").filter { $0.object == "Africa" }
    let wrong = try falsified(africa, seed: 1)
    #expect(wrong.allSatisfy { $0.object != "Africa" })
  }

  @Test func `objects with room to move are exchanged within the scope`() throws {
    let facts = Array(almanac.facts(of: "country.capital").prefix(40))
    let wrong = try falsified(facts, seed: 1)
    #expect(wrong.map(\.object).sorted() == facts.map(\.object).sorted())
  }

  @Test func `the seed alone decides`() throws {
    let facts = almanac.facts(of: "country.currency")
    #expect(try falsified(facts, seed: 4) == falsified(facts, seed: 4))
    #expect(try falsified(facts, seed: 4) != falsified(facts, seed: 5))
  }

  @Test func `a relation with one answer is refused`() {
    let facts = ["A", "B"].map { Fact(relation: "letter.kind", subject: $0, object: "capital") }
    var generator = SplitMix64(seed: 1)
    #expect {
      try Derangement.falsified(facts, alternatives: ["capital"], generator: &generator)
    } throws: { error in
      (error as? AssayError)?.message.contains("letter.kind") == true
    }
  }
}
