/// The kinds of facts and the nouns that ask for them.
enum RelationTable {
  static let relations: [Relation] =
    [
      make(
        "country.capital", "city",
        [
          "capital", "capital city", "seat of government",
          "chief city", "official capital",
        ]),
      make(
        "country.continent", "continent",
        [
          "continent", "home continent", "part of the world",
          "region of the globe", "world region",
        ]),
      make(
        "country.currency", "currency",
        [
          "currency", "official currency", "legal tender",
          "national currency", "unit of money",
        ], article: "the "),
      make(
        "person.birthplace", "town",
        [
          "birthplace", "place of birth", "town of birth",
          "native town", "childhood town",
        ]),
      make(
        "person.profession", "profession",
        [
          "profession", "trade", "line of work",
          "occupation", "field of work",
        ]),
      make(
        "person.employer", "company",
        [
          "employer", "current employer", "workplace",
          "place of work", "company",
        ]),
      make(
        "town.region", "region",
        [
          "region", "home region", "province", "district",
          "part of the country",
        ]),
      make(
        "town.product", "good",
        [
          "speciality", "main product", "chief product",
          "best-known product", "main export",
        ]),
      make(
        "company.town", "town",
        [
          "home town", "headquarters town", "base", "seat",
          "main address",
        ]),
      make(
        "product.price", "price",
        [
          "price", "retail price", "shop price", "usual price",
          "listed cost",
        ]),
      make(
        "product.maker", "company",
        [
          "maker", "manufacturer", "producer", "company of origin",
          "manufacturing company",
        ]),
    ]
    + InventedNames.policies.map { policy in
      make(
        "party.\(policy.id)", "position",
        [
          "position", "stance", "view", "policy",
          "official line",
        ], suffix: " on \(policy.phrase)")
    }

  private static func make(
    _ id: String, _ objectKind: String, _ nouns: [String], suffix: String = "",
    article: String = ""
  ) -> Relation {
    let kind = String(id.prefix { $0 != "." })
    return Relation(
      id: id, subjectKind: kind, objectKind: objectKind, nouns: nouns, suffix: suffix,
      objectArticle: article, possessive: kind == "person" ? "their" : "its")
  }
}
