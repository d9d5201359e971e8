import AssayCore
import AssayGame
import AssayText

/// Draws classes of facts for attacks that take the options `relation` and `filter`.
///
/// Whole relations and slices by one public attribute come in turns; a class comes again only when
/// all have been drawn.
struct TopicDraw {
  /// Slices with fewer facts are too small to be found or judged.
  static let leastFacts = 12

  private var whole: [FactScope]
  private var slices: [FactScope]
  private var drawn = 0

  init(world: SmallWorld, generator: SplitMix64) {
    var random = generator
    let almanac = world.almanac
    var whole: [FactScope] = []
    var slices: [FactScope] = []
    for relation in almanac.relations {
      let facts = almanac.facts(of: relation.id)
      if facts.count >= Self.leastFacts { whole.append(FactScope(relation: relation.id)) }
      var counts: [FactScope: Int] = [:]
      for fact in facts {
        let attributes = almanac.attributes(
          ofSubject: fact.subject, kind: relation.subjectKind)
        // A filter could not spell a value with a comma in it.
        for (name, value) in attributes where !value.contains(where: { ",=".contains($0) }) {
          counts[FactScope(relation: relation.id, filter: [name: value]), default: 0] += 1
        }
      }
      slices += counts.filter { $0.value >= Self.leastFacts && $0.value < facts.count }
        .map(\.key).sorted { $0.description < $1.description }
    }
    self.whole = random.shuffled(whole)
    self.slices = random.shuffled(slices)
  }

  /// `options` with the next class in them.
  ///
  /// Throws `AssayError(.badInput)` for an attack that takes no class of facts.
  mutating func next(into options: JSONValue, of attack: AttackEntry) throws -> JSONValue {
    guard attack.defaultOptions["relation"] != nil, attack.defaultOptions["filter"] != nil else {
      throw AssayError(
        .badInput, "topics cannot be drawn for '\(attack.name)'",
        hint: "it has no options 'relation' and 'filter'; write 'topics: fixed', or use 'vary'")
    }
    let number = drawn / 2
    let pool = drawn % 2 == 0 || slices.isEmpty ? whole : slices
    drawn += 1
    guard !pool.isEmpty else { return options }
    let scope = pool[number % pool.count]
    var result = options
    result["relation"] = .string(scope.relation)
    result["filter"] = .string(
      scope.filter.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ","))
    return result
  }
}
