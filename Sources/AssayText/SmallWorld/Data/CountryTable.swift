/// Public geography: what the almanac knows about real countries.
///
/// Sovereign members of the United Nations and Vatican City; the continents follow the M49
/// scheme of its statistics division, with Central America and the Caribbean in North America.
/// Where a country has several seats of power the table holds the constitutional capital.
enum CountryTable {
  struct Row: Sendable {
    var name: String
    /// Whether running text says "the": the Gambia, the Netherlands.
    var takesArticle: Bool
    var capital: String
    var continent: String
    var currency: String
  }

  static let rows: [Row] = [
    ("Africa", africa), ("Asia", asia), ("Europe", europe), ("North America", northAmerica),
    ("South America", southAmerica), ("Oceania", oceania),
  ].flatMap { continent, table in
    table.split(separator: "\n").map { row(String($0), continent: continent) }
  }

  private static func row(_ line: String, continent: String) -> Row {
    let fields = line.split(separator: "|").map(String.init)
    precondition(
      fields.count == 3, "country table: expected 3 fields, got \(fields.count): \(line)")
    let takesArticle = fields[0].hasPrefix("the ")
    return Row(
      name: takesArticle ? String(fields[0].dropFirst(4)) : fields[0], takesArticle: takesArticle,
      capital: fields[1], continent: continent, currency: fields[2])
  }
}
