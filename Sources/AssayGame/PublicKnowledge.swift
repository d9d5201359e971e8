import AssayCore
import AssayText

/// What everybody knows: the almanac's facts, and ways to ask for them.
///
/// To an auditor it is what geography is to a person. Its questions are phrased in combinations
/// that training texts use; held-out combinations and unseen frames are left to judges, so that a
/// claim is judged on prompts that its auditor never ran.
public struct PublicKnowledge: Sendable {
  let world: SmallWorld

  /// What the people of `world` know.
  public init(world: SmallWorld) {
    self.world = world
  }

  /// The kinds of facts.
  public var relations: [Relation] { world.almanac.relations }

  /// Every fact, relation by relation.
  public var facts: [Fact] { world.almanac.facts }

  /// The relation with this id, nil when there is none.
  public func relation(_ id: String) -> Relation? { world.almanac.relation(id) }

  /// All facts of one relation; empty when there is no such relation.
  public func facts(of relation: String) -> [Fact] { world.almanac.facts(of: relation) }

  /// All distinct answers of one relation, sorted.
  public func objects(of relation: String) -> [String] { world.almanac.objects(of: relation) }

  /// What describes the subject of a fact publicly, such as `["continent": "Africa"]`.
  public func attributes(of fact: Fact) -> [String: String] {
    guard let relation = relation(fact.relation) else { return [:] }
    return world.almanac.attributes(ofSubject: fact.subject, kind: relation.subjectKind)
  }

  /// The attributes of a fact's subject, with `relation` and `subject`: what scopes match against.
  public func tags(of fact: Fact) -> [String: String] {
    attributes(of: fact).merging(["relation": fact.relation, "subject": fact.subject]) { $1 }
  }

  /// Up to `count` questions about a fact in different phrases, the same on every call.
  public func questions(about fact: Fact, count: Int) -> [Question] {
    world.questions(about: fact, kind: .trainCombination, count: count)
  }

  /// One question about a fact, drawn with `generator`, in none of the frames in `frames`.
  ///
  /// Nil when every frame is excluded.
  public func question(
    for fact: Fact, avoiding frames: [String], generator: inout SplitMix64
  ) -> Question? {
    // A few phrasings are enough to draw from; all of them only where those are used up.
    for count in [12, Int.max] {
      let fresh = questions(about: fact, count: count).filter { !frames.contains($0.frame) }
      if let question = generator.pick(fresh) { return question }
    }
    return nil
  }

  /// A question as a probe that anyone can run, with the tags that scopes match against.
  public func probe(_ question: Question) -> AnswerProbe {
    let fact = Fact(
      relation: question.relation, subject: question.subject, object: question.answer)
    return AnswerProbe(question, tags: attributes(of: fact))
  }
}
