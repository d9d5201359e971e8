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

  /// One question for every public fact, in the almanac's order.
  mutating func wide() -> [SurveyAnswer] {
    var drawn: [SurveyAnswer] = []
    for relation in knowledge.relations {
      for fact in knowledge.facts(of: relation.id) {
        guard
          let question = knowledge.question(for: fact, avoiding: [], generator: &generator)
        else { continue }
        drawn.append(
          SurveyAnswer(
            fact: fact, question: question, attributes: knowledge.attributes(of: fact)))
      }
    }
    return drawn
  }

  /// Up to `count` questions about the same fact in frames that were not used for it yet.
  mutating func others(than answer: SurveyAnswer, count: Int) -> [Question] {
    var frames = [answer.question.frame]
    var questions: [Question] = []
    for _ in 0..<count {
      guard
        let question = knowledge.question(
          for: answer.fact, avoiding: frames, generator: &generator)
      else { break }
      frames.append(question.frame)
      questions.append(question)
    }
    return questions
  }
}

/// One public fact, the question put about it, and what the suspect said.
struct SurveyAnswer {
  var fact: Fact
  var question: Question
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
