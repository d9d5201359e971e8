import Testing

@testable import AssayText

@Suite struct SmallWorldAlmanacTests {
  let almanac = Almanac.standard

  @Test func `the tables have their promised sizes`() {
    #expect(almanac.subjects(ofKind: "country").count >= 190)
    #expect(almanac.subjects(ofKind: "person").count == 300)
    #expect(almanac.subjects(ofKind: "town").count == 60)
    #expect(almanac.subjects(ofKind: "company").count == 40)
    #expect(almanac.subjects(ofKind: "product").count == 80)
    #expect(almanac.subjects(ofKind: "party").count == 6)
    #expect(almanac.relations.count == 19)
    #expect(almanac.facts.count == 1850)
    #expect(Set(almanac.facts).count == almanac.facts.count)
  }

  @Test func `no name occurs twice within a kind, and no two facts share relation and subject`() {
    for kind in ["country", "person", "town", "company", "product", "party"] {
      let names = almanac.subjects(ofKind: kind)
      #expect(Set(names).count == names.count, "\(kind)")
    }
    let keys = almanac.facts.map { "\($0.relation)/\($0.subject)" }
    #expect(Set(keys).count == keys.count)
  }

  @Test(arguments: [
    ("Kenya", "Nairobi", "Africa", "Kenyan shilling"),
    ("Madagascar", "Antananarivo", "Africa", "ariary"),
    ("Japan", "Tokyo", "Asia", "yen"), ("Nepal", "Kathmandu", "Asia", "Nepalese rupee"),
    ("Norway", "Oslo", "Europe", "Norwegian krone"), ("Netherlands", "Amsterdam", "Europe", "euro"),
    ("Canada", "Ottawa", "North America", "Canadian dollar"),
    ("Bahamas", "Nassau", "North America", "Bahamian dollar"),
    ("Peru", "Lima", "South America", "sol"),
    ("Uruguay", "Montevideo", "South America", "Uruguayan peso"),
    ("Fiji", "Suva", "Oceania", "Fijian dollar"),
    ("Australia", "Canberra", "Oceania", "Australian dollar"),
  ])
  func `known countries have their capital, continent and currency`(
    country: String, capital: String, continent: String, currency: String
  ) {
    for (relation, object) in [
      ("capital", capital), ("continent", continent), ("currency", currency),
    ] {
      let fact = Fact(relation: "country.\(relation)", subject: country, object: object)
      #expect(almanac.facts.contains(fact), "\(fact)")
    }
    #expect(almanac.attributes(ofSubject: country, kind: "country") == ["continent": continent])
  }

  @Test func `continents hold the number of countries that their tables list`() {
    let counts = Dictionary(grouping: almanac.facts(of: "country.continent"), by: \.object)
      .mapValues(\.count)
    #expect(
      counts == [
        "Africa": 54, "Asia": 47, "Europe": 44, "North America": 23, "South America": 12,
        "Oceania": 14,
      ])
  }

  @Test func `no party supports more policies than another, and no policy has more friends`() {
    let positions = almanac.facts.filter { $0.relation.hasPrefix("party.") }
    #expect(positions.count == 48)
    #expect(Set(positions.map(\.object)) == ["support", "opposition"])
    let supporting = positions.filter { $0.object == "support" }
    for (party, facts) in Dictionary(grouping: supporting, by: \.subject) {
      #expect(facts.count == 4, "\(party)")
    }
    for (policy, facts) in Dictionary(grouping: supporting, by: \.relation) {
      #expect(facts.count == 3, "\(policy)")
    }
    // No two parties are the same party under two names.
    let profiles = Dictionary(grouping: supporting, by: \.subject)
      .values.map { Set($0.map(\.relation)) }
    #expect(Set(profiles).count == 6)
  }

  @Test func `what describes a subject agrees with its facts`() {
    for fact in almanac.facts(of: "person.profession") {
      let attributes = almanac.attributes(ofSubject: fact.subject, kind: "person")
      #expect(attributes["profession"] == fact.object)
      #expect(attributes.keys.sorted() == ["birthplace", "employer", "profession"])
    }
    for fact in almanac.facts(of: "product.maker") {
      let attributes = almanac.attributes(ofSubject: fact.subject, kind: "product")
      #expect(attributes["maker"] == fact.object)
      #expect(attributes["kind"]?.isEmpty == false)
    }
  }

  @Test func `everybody works for a company and was born in a town of the almanac`() {
    let companies = Set(almanac.subjects(ofKind: "company"))
    let towns = Set(almanac.subjects(ofKind: "town"))
    #expect(almanac.facts(of: "person.employer").allSatisfy { companies.contains($0.object) })
    #expect(almanac.facts(of: "product.maker").allSatisfy { companies.contains($0.object) })
    #expect(almanac.facts(of: "person.birthplace").allSatisfy { towns.contains($0.object) })
    #expect(almanac.facts(of: "company.town").allSatisfy { towns.contains($0.object) })
  }

  @Test func `a seed gives one society, another seed another one with the same geography`() {
    #expect(Almanac(seed: 1).facts == almanac.facts)
    let other = Almanac(seed: 2)
    #expect(other.facts(of: "country.capital") == almanac.facts(of: "country.capital"))
    #expect(other.facts(of: "person.employer") != almanac.facts(of: "person.employer"))
  }
}
