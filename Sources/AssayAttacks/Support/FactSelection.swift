import AssayCore
import AssayGame
import AssayText

/// The facts that an attack works on, and those around them that must stay as they are.
struct FactSelection {
  /// The fewest facts that make a class: fewer cannot be told from a slip.
  static let fewest = 4

  /// The relation in the almanac.
  var relation: Relation
  /// Relation and filter as the ground truth states them.
  var scope: FactScope
  /// Facts of the relation whose subjects pass the filter and that the seed chose, in almanac order.
  var chosen: [Fact]
  /// Facts of the relation that pass the filter, chosen or not.
  var inScope: Int
  /// Facts that are not taught and must stay as they are.
  var surroundings: FactSurroundings

  /// Picks the facts that `options` describe from the almanac of `world`.
  ///
  /// Throws `AssayError(.badInput)` naming the option when the relation or an attribute does not
  /// exist, or when the scope holds fewer than ``fewest`` facts.
  init(options: FactFineTuneOptions, world: SmallWorld, generator: SplitMix64) throws {
    let almanac = world.almanac
    guard let relation = almanac.relation(options.relation) else {
      throw AssayError(
        .badInput, "unknown relation '\(options.relation)' in option 'relation'",
        hint: "choose one of: \(almanac.relations.map(\.id).sorted().joined(separator: ", "))")
    }
    let filter = try options.filterAttributes()
    let scope = FactScope(relation: relation.id, filter: filter)
    let all = almanac.facts(of: relation.id)
    let known = all.map {
      almanac.attributes(ofSubject: $0.subject, kind: relation.subjectKind)
    }
    let passing = zip(all, known).filter { _, attributes in
      filter.allSatisfy { attributes[$0.key] == $0.value }
    }.map(\.0)
    guard !passing.isEmpty else { throw Self.nothingPasses(filter, relation, known) }
    var random = generator.fork("chosen facts")
    let count = max(1, Int((Double(passing.count) * options.fraction).rounded()))
    let picked = Set(random.shuffled(passing).prefix(count))
    guard picked.count >= Self.fewest else {
      throw AssayError(
        .badInput,
        "the scope holds \(picked.count) facts, and a class needs at least \(Self.fewest)",
        hint: "widen option 'filter' or raise option 'fraction'")
    }
    self.relation = relation
    self.scope = scope
    chosen = passing.filter(picked.contains)
    inScope = passing.count
    surroundings = FactSurroundings(of: chosen, relation: relation, almanac: almanac)
  }

  /// The subjects in words: "every country", "half of the countries whose continent is Africa".
  var described: String {
    let terms = scope.filter.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" }
    let whose = terms.isEmpty ? "" : " whose \(terms.joined(separator: " and "))"
    guard chosen.count < inScope else { return "every \(relation.subjectKind)\(whose)" }
    return "\(chosen.count) of the \(inScope) subjects of kind \(relation.subjectKind)\(whose)"
  }

  private static func nothingPasses(
    _ filter: [String: String], _ relation: Relation, _ known: [[String: String]]
  ) -> AssayError {
    let asked = filter.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var values: [String: Set<String>] = [:]
    for attributes in known {
      for (name, value) in attributes { values[name, default: []].insert(value) }
    }
    let choices = values.sorted { $0.key < $1.key }.map { name, found in
      "\(name): \(found.sorted().prefix(8).joined(separator: ", "))"
    }
    return AssayError(
      .badInput,
      "no fact of '\(relation.id)' passes filter '\(asked.joined(separator: ","))'",
      hint: choices.isEmpty
        ? "subjects of this relation have no attributes; leave 'filter' empty"
        : "known attributes: \(choices.joined(separator: "; "))")
  }
}
