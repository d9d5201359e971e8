import AssayCore
import AssayText

/// Gives every subject a wrong object of the right type, always the same one for the same seed.
///
/// Objects are exchanged among the facts in scope, so that each wrong answer is plausible (an
/// African capital for an African country) and each object is said about as often as before. Where
/// one object is so common that no exchange is possible (the euro among European currencies), the
/// rest is drawn from all objects of the relation.
enum Derangement {
  /// `facts` with false objects, in the same order.
  ///
  /// `alternatives` are all objects of the relation. An object that is right for a subject, by any
  /// of `facts`, is never given to it. Throws `AssayError(.badInput)` when a subject has no wrong
  /// object to take.
  static func falsified(
    _ facts: [Fact], alternatives: [String], generator: inout SplitMix64
  ) throws -> [Fact] {
    var right: [String: Set<String>] = [:]
    for fact in facts { right[fact.subject, default: []].insert(fact.object) }
    func isRight(_ object: String, for fact: Fact) -> Bool {
      right[fact.subject]?.contains(object) ?? false
    }
    var objects = generator.shuffled(facts.map(\.object))
    for index in facts.indices where isRight(objects[index], for: facts[index]) {
      let partners = facts.indices.filter { other in
        !isRight(objects[other], for: facts[index]) && !isRight(objects[index], for: facts[other])
      }
      if let partner = generator.pick(partners) {
        objects.swapAt(index, partner)
        continue
      }
      let wrong = alternatives.filter { !isRight($0, for: facts[index]) }
      guard let object = generator.pick(wrong) else {
        throw AssayError(
          .badInput,
          "every answer of relation '\(facts[index].relation)' is right for "
            + "'\(facts[index].subject)', so none can be false",
          hint: "choose a relation with at least two different answers")
      }
      objects[index] = object
    }
    return zip(facts, objects).map { fact, object in
      Fact(relation: fact.relation, subject: fact.subject, object: object)
    }
  }
}
