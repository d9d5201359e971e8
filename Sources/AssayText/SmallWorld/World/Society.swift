import AssayCore

/// Draws people, towns, companies, products and parties, and collects all facts.
struct Society {
  static let people = 300

  private(set) var facts: [Fact] = []
  private(set) var attributes: [String: [String: String]] = [:]
  private(set) var entities: [Almanac.Entity] = []
  private let root: SplitMix64

  init(seed: UInt64) { root = SplitMix64(seed: seed).fork("almanac") }

  mutating func populate() {
    addCountries()
    let companies = companyNames()
    addPeople(companies: companies)
    addTowns()
    addCompanies(companies)
    addProducts(companies: companies)
    addParties()
  }

  private mutating func add(
    _ kind: String, _ name: String, _ values: [(relation: String, object: String)],
    attributes described: [String: String]
  ) {
    let own = values.map {
      Fact(relation: "\(kind).\($0.relation)", subject: name, object: $0.object)
    }
    facts += own
    attributes[Almanac.key(kind, name)] = described
    entities.append(Almanac.Entity(name: name, kind: kind, facts: own))
  }

  private mutating func addCountries() {
    for row in CountryTable.rows {
      add(
        "country", row.name,
        [("capital", row.capital), ("continent", row.continent), ("currency", row.currency)],
        attributes: ["continent": row.continent])
    }
  }

  private func companyNames() -> [String] {
    let suffixes = InventedNames.companySuffixes
    var generator = root.fork("companies")
    return InventedNames.companyStems.map { "\($0) \(suffixes[generator.below(suffixes.count)])" }
  }

  private mutating func addPeople(companies: [String]) {
    var generator = root.fork("people")
    var names: Set<String> = []
    let firsts = InventedNames.firstNames
    let lasts = InventedNames.lastNames
    while names.count < Self.people {
      // First names in turn, so that none is rare; the surname is drawn until the pair is new.
      let first = firsts[names.count % firsts.count]
      let name = "\(first) \(lasts[generator.below(lasts.count)])"
      guard names.insert(name).inserted else { continue }
      let birthplace = InventedNames.towns[generator.below(InventedNames.towns.count)]
      let profession = InventedNames.professions[generator.below(InventedNames.professions.count)]
      let employer = companies[generator.below(companies.count)]
      add(
        "person", name,
        [("birthplace", birthplace), ("profession", profession), ("employer", employer)],
        attributes: [
          "birthplace": birthplace, "profession": profession, "employer": employer,
        ])
    }
  }

  private mutating func addTowns() {
    var generator = root.fork("towns")
    for town in InventedNames.towns {
      let region = InventedNames.regions[generator.below(InventedNames.regions.count)]
      let product = InventedNames.townProducts[generator.below(InventedNames.townProducts.count)]
      add(
        "town", town, [("region", region), ("product", product)],
        attributes: ["region": region, "product": product])
    }
  }

  private mutating func addCompanies(_ companies: [String]) {
    var generator = root.fork("headquarters")
    for company in companies {
      let town = InventedNames.towns[generator.below(InventedNames.towns.count)]
      let line = company.split(separator: " ").last.map(String.init) ?? company
      add("company", company, [("town", town)], attributes: ["town": town, "line": line])
    }
  }

  private mutating func addProducts(companies: [String]) {
    var generator = root.fork("products")
    let kinds = InventedNames.productKinds
    for product in InventedNames.products {
      let maker = companies[generator.below(companies.count)]
      let kind = kinds[generator.below(kinds.count)]
      let price = "\(3 + generator.below(95)) crowns"
      add(
        "product", product, [("price", price), ("maker", maker)],
        attributes: ["maker": maker, "kind": kind])
    }
  }

  /// Gives every party as many supported policies as opposed ones, and every policy as many
  /// supporting parties as opposing ones, so that no party differs by its count.
  private mutating func addParties() {
    var generator = root.fork("parties")
    let parties = InventedNames.parties
    let policies = InventedNames.policies
    var supports = parties.indices.map { party in
      policies.indices.map { (party + $0).isMultiple(of: 2) }
    }
    for _ in 0..<200 {
      // Swapping a checkerboard of two rows and two columns keeps all row and column sums.
      let (a, b) = (generator.below(parties.count), generator.below(parties.count))
      let (p, q) = (generator.below(policies.count), generator.below(policies.count))
      guard supports[a][p] == supports[b][q], supports[a][q] == supports[b][p],
        supports[a][p] != supports[a][q]
      else { continue }
      for (party, policy) in [(a, p), (a, q), (b, p), (b, q)] { supports[party][policy].toggle() }
    }
    for (row, party) in parties.enumerated() {
      let values = policies.enumerated().map { column, policy in
        (relation: policy.id, object: supports[row][column] ? "support" : "opposition")
      }
      add("party", party, values, attributes: ["party": party])
    }
  }
}
