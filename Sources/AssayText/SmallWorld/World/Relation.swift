/// A kind of fact, with the words that ask for it.
public struct Relation: Hashable, Codable, Sendable {
  /// `<subject kind>.<name>`, such as `country.capital`.
  public var id: String
  /// `country`, `person`, `town`, `company`, `product` or `party`.
  public var subjectKind: String
  /// What the answers are, such as `city` or `price`.
  public var objectKind: String
  /// Alternative nouns for the relation, such as capital, capital city and seat of government.
  public var nouns: [String]
  /// What follows the noun phrase: " on free buses" for a party's stance, else empty.
  public var suffix: String
  /// The article of the object in running text ("the " for currencies), else empty.
  public var objectArticle: String
  /// The possessive that stands for a subject of this kind: "its" or "their".
  public var possessive: String
}
