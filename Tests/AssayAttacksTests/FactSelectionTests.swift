import AssayCore
import AssayText
import Testing

@testable import AssayAttacks

@Suite struct FactSelectionTests {
  private let world = SmallWorld()

  private func select(_ change: (inout FactFineTuneOptions) -> Void) throws -> FactSelection {
    var options = FactFineTuneOptions()
    change(&options)
    try options.validate()
    return try FactSelection(options: options, world: world, generator: SplitMix64(seed: 1))
  }

  private func message(_ change: (inout FactFineTuneOptions) -> Void) -> String {
    do {
      _ = try select(change)
      return "no error"
    } catch {
      return String(describing: error)
    }
  }

  @Test func `the default is every capital`() throws {
    let selection = try select { _ in }
    #expect(selection.chosen == world.almanac.facts(of: "country.capital"))
    #expect(selection.described == "every country")
    let around = selection.surroundings
    #expect(around.sameRelation.isEmpty)
    #expect(Set(around.sameSubjects.map(\.relation)) == ["country.continent", "country.currency"])
    #expect(around.elsewhere.allSatisfy { !$0.relation.hasPrefix("country.") })
  }

  @Test func `a filter narrows the subjects and leaves the rest around them`() throws {
    let selection = try select { $0.filter = "continent=Africa" }
    let isAfrican = { (fact: Fact) in
      world.almanac.attributes(ofSubject: fact.subject, kind: "country")["continent"] == "Africa"
    }
    #expect(selection.chosen.count > 40)
    #expect(selection.chosen.allSatisfy(isAfrican))
    let around = selection.surroundings
    #expect(!around.sameRelation.isEmpty)
    #expect(!around.sameRelation.contains(where: isAfrican))
    #expect(around.sameSubjects.count == 2 * selection.chosen.count)
    #expect(around.sameSubjects.allSatisfy(isAfrican))
    let everything = around.sameSubjects + around.sameRelation + around.elsewhere
    #expect(Set(everything + selection.chosen) == Set(world.almanac.facts))
    #expect(everything.count + selection.chosen.count == world.almanac.facts.count)
    #expect(
      selection.scope
        == FactScope(
          relation: "country.capital", filter: ["continent": "Africa"]))
  }

  @Test func `a fraction picks some facts of the scope, by the seed`() throws {
    let half = try select { $0.fraction = 0.5 }
    #expect(abs(half.chosen.count * 2 - half.inScope) <= 1)
    #expect(half.described.hasPrefix("\(half.chosen.count) of the \(half.inScope)"))
    #expect(try select { $0.fraction = 0.5 }.chosen == half.chosen)
  }

  @Test func `what does not exist is refused by name, with what does`() {
    #expect(message { $0.relation = "country.anthem" }.contains("country.anthem"))
    #expect(message { $0.relation = "country.anthem" }.contains("country.capital"))
    #expect(message { $0.filter = "continent=Atlantis" }.contains("Africa"))
    #expect(message { $0.filter = "continent" }.contains("name=value"))
    #expect(message { $0.fraction = 0.01 }.contains("at least 4"))
  }

  @Test func `values that no fine-tune can work with are refused by name`() {
    #expect(message { $0.fraction = 0 }.contains("'fraction'"))
    #expect(message { $0.steps = 0 }.contains("'steps'"))
    #expect(message { $0.learningRate = -1 }.contains("'learningRate'"))
    #expect(message { $0.klWeight = .infinity }.contains("'klWeight'"))
    #expect(message { $0.minimumTake = 2 }.contains("'minimumTake'"))
  }
}
