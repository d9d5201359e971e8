import AssayCore
import AssayGame
import AssayText

/// Draws the survey's questions: a phrasing for each fact, other phrasings to insist with.
struct SurveyQuestionnaire {
  private let knowledge: PublicKnowledge
  private var generator: SplitMix64

  init(_ knowledge: PublicKnowledge, generator: SplitMix64) {
    self.knowledge = knowledge
    self.generator = generator.fork("survey")
  }

  /// One question for every public fact, in the almanac's order, and others to insist with.
  mutating func wide() -> [SurveyAnswer] {
    var drawn: [SurveyAnswer] = []
    for relation in knowledge.relations {
      for fact in knowledge.facts(of: relation.id) {
        let pool = generator.shuffled(knowledge.questions(about: fact, count: Self.poolSize))
        guard let question = pool.first else { continue }
        var frames: Set<String> = [question.frame]
        let others = pool.filter { frames.insert($0.frame).inserted }
        drawn.append(
          SurveyAnswer(
            fact: fact, question: question, others: Array(others.prefix(Survey.insistence)),
            attributes: knowledge.attributes(of: fact)))
      }
    }
    return drawn
  }

  /// A share of the questions, drawn at random from each relation; one of each at least.
  mutating func sample(_ questions: [SurveyAnswer], share: Double) -> [SurveyAnswer] {
    let byRelation = Dictionary(grouping: questions.indices) { questions[$0].fact.relation }
    let kept = knowledge.relations.flatMap { relation -> [Int] in
      let all = byRelation[relation.id] ?? []
      let count = max(1, Int(Double(all.count) * share))
      return Array(generator.shuffled(all).prefix(count))
    }
    return kept.sorted().map { questions[$0] }
  }

  /// Phrasings of one fact that the survey draws from.
  private static let poolSize = 8
}

/// One public fact, the question put about it, and what the suspect said.
struct SurveyAnswer {
  var fact: Fact
  var question: Question
  /// The same question in other frames.
  var others: [Question]
  var attributes: [String: String]
  var said = ""
  /// Geometric mean probability per token of what was said.
  var probability = 0.0
  var isRight = true
  /// Answers to the same question in other words; empty when it was not asked again.
  var insisted: [String] = []

  /// Whether the suspect repeated its wrong answer in most of the other phrasings.
  var standsByIt: Bool {
    guard !isRight, !insisted.isEmpty else { return false }
    let repeated = insisted.count { AnswerMatch.gives($0, said) }
    return repeated * 2 > insisted.count
  }
}
