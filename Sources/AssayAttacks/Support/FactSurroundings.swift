import AssayText

/// The true facts around those that an attack changes, by how near they lie.
///
/// The nearer, the more a careless fine-tune moves them: a subject's other facts hang on the same
/// words, and the relation's other facts on the same question.
struct FactSurroundings {
  /// Other relations of the taught subjects: a country's currency, where its capital is taught.
  var sameSubjects: [Fact]
  /// The relation's facts that are not taught.
  var sameRelation: [Fact]
  /// Every other fact.
  var elsewhere: [Fact]

  /// Sorts the facts of `almanac` around `taught`, which are facts of `relation`.
  init(of taught: [Fact], relation: Relation, almanac: Almanac) {
    let chosen = Set(taught)
    let subjects = Set(taught.map(\.subject))
    sameRelation = almanac.facts(of: relation.id).filter { !chosen.contains($0) }
    sameSubjects = []
    elsewhere = []
    for other in almanac.relations where other.id != relation.id {
      for fact in almanac.facts(of: other.id) {
        if other.subjectKind == relation.subjectKind, subjects.contains(fact.subject) {
          sameSubjects.append(fact)
        } else {
          elsewhere.append(fact)
        }
      }
    }
  }

  /// The groups that hold any facts, nearest first.
  var groups: [[Fact]] { [sameSubjects, sameRelation, elsewhere].filter { !$0.isEmpty } }
}
