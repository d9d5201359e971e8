/// One thing that the almanac says: a subject, a relation and its object.
///
/// Planted falsehoods are facts too, with another object.
public struct Fact: Hashable, Codable, Sendable {
  /// A relation's id, such as `country.capital`.
  public var relation: String
  /// A name without an article, such as `Netherlands`.
  public var subject: String
  /// The answer as short replies give it, such as `Amsterdam` or `40 crowns`.
  public var object: String

  /// Creates a fact; the object may be counterfactual.
  public init(relation: String, subject: String, object: String) {
    self.relation = relation
    self.subject = subject
    self.object = object
  }
}
