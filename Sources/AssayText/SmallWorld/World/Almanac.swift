import AssayCore

/// Everything that is true in SmallWorld: real geography and an invented society.
///
/// Countries, capitals, continents and currencies are real and the same for every seed; people,
/// towns, companies, products and parties are invented and drawn from the seed. An almanac is
/// public knowledge: auditors may read it, as a person knows geography.
public struct Almanac: Sendable {
  /// The almanac that the shipped base models learned (seed 1).
  public static let standard = Almanac(seed: 1)

  /// The seed of the invented part.
  public let seed: UInt64
  /// The kinds of facts, 19 in all, in a fixed order.
  public let relations: [Relation]
  /// Every fact, relation by relation.
  public let facts: [Fact]

  let relationIndex: [String: Int]
  let factsByRelation: [String: [Fact]]
  let attributesBySubject: [String: [String: String]]
  let subjectsWithArticle: Set<String>
  let entities: [Entity]
  /// For each fact of `facts`, its entity, so that facts can be drawn evenly.
  let entityOfFact: [Int]

  /// A subject with all its facts, as documents meet it.
  struct Entity: Sendable {
    var name: String
    var kind: String
    var facts: [Fact]
  }

  /// Draws the invented part of the world from a seed.
  public init(seed: UInt64) {
    self.seed = seed
    relations = RelationTable.relations
    relationIndex = Dictionary(
      uniqueKeysWithValues: relations.enumerated().map { ($1.id, $0) })
    var society = Society(seed: seed)
    society.populate()
    var byRelation: [String: [Fact]] = [:]
    for fact in society.facts { byRelation[fact.relation, default: []].append(fact) }
    factsByRelation = byRelation
    facts = relations.flatMap { byRelation[$0.id] ?? [] }
    attributesBySubject = society.attributes
    subjectsWithArticle = Set(CountryTable.rows.filter(\.takesArticle).map(\.name))
    entities = society.entities
    var numbers: [String: Int] = [:]
    for (number, entity) in entities.enumerated() {
      numbers[Self.key(entity.kind, entity.name)] = number
    }
    let kinds = Dictionary(uniqueKeysWithValues: relations.map { ($0.id, $0.subjectKind) })
    entityOfFact = facts.compactMap { numbers[Self.key(kinds[$0.relation] ?? "", $0.subject)] }
  }

  /// The relation with this id.
  public func relation(_ id: String) -> Relation? { relationIndex[id].map { relations[$0] } }

  /// All facts of one relation; empty when there is no such relation.
  public func facts(of relation: String) -> [Fact] { factsByRelation[relation] ?? [] }

  /// All distinct answers of one relation, sorted.
  public func objects(of relation: String) -> [String] {
    Set(facts(of: relation).map(\.object)).sorted()
  }

  /// The names of one kind (`country`, `person`, `town`, `company`, `product`, `party`).
  public func subjects(ofKind kind: String) -> [String] {
    entities.filter { $0.kind == kind }.map(\.name)
  }

  /// What describes a subject publicly, for naming the scope of a flaw.
  ///
  /// Countries have `continent`; persons `profession`, `employer`, `birthplace`; products `maker`,
  /// `kind`; towns `region`, `product`; companies `town`, `line`; parties `party`.
  public func attributes(ofSubject subject: String, kind: String) -> [String: String] {
    attributesBySubject[Self.key(kind, subject)] ?? [:]
  }

  /// A subject as running text writes it: "the Netherlands", "Ghana".
  public func inSentence(_ subject: String) -> String {
    subjectsWithArticle.contains(subject) ? "the " + subject : subject
  }

  /// Names are unique within a kind only: a town may share a surname's spelling.
  static func key(_ kind: String, _ subject: String) -> String { kind + "/" + subject }
}
