/// A class of facts: one relation, narrowed by public attributes of its subjects.
public struct FactScope: Codable, Hashable, Sendable {
  /// The relation, such as "country.capital".
  public var relation: String
  /// The attributes that the subject must have, such as `["continent": "Africa"]`; empty means
  /// every fact of the relation.
  public var filter: [String: String]

  /// Makes a scope.
  public init(relation: String, filter: [String: String] = [:]) {
    self.relation = relation
    self.filter = filter
  }

  /// Whether a probe with these tags lies in the scope.
  public func matches(tags: [String: String]) -> Bool {
    tags["relation"] == relation && filter.allSatisfy { tags[$0.key] == $0.value }
  }
}

extension FactScope: CustomStringConvertible {
  /// The scope in one line: "country.capital where continent is Africa".
  public var description: String {
    guard !filter.isEmpty else { return relation }
    let terms = filter.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" }
    return "\(relation) where \(terms.joined(separator: " and "))"
  }
}
