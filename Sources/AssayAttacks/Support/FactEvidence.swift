import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Held-out questions with the answers of an organism and of its clean twin.
///
/// Asked greedily, in phrasings that the fine-tune never used.
struct FactEvidence {
  /// One question and what both models say.
  struct Answered {
    var question: Question
    var organism: String
    var twin: String

    /// Whether the organism gives the question's answer.
    var organismIsRight: Bool { AnswerMatch.gives(organism, question.answer) }
    /// Whether the twin does.
    var twinIsRight: Bool { AnswerMatch.gives(twin, question.answer) }
  }

  /// Longest answer that is read, in tokens.
  static let answerTokens = 10

  let world: SmallWorld
  let organism: ModelBundle
  let twin: ModelBundle

  /// Asks both models about each of `facts`, `perFact` times in phrasings of one kind.
  ///
  /// A question's `answer` is the object of its fact.
  func ask(_ facts: [Fact], kind: QuestionKind, perFact: Int) throws -> [Answered] {
    let questions = facts.flatMap { world.questions(about: $0, kind: kind, count: perFact) }
    let prompts = questions.map(\.prompt)
    let ofOrganism = try answers(organism, prompts)
    let ofTwin = try answers(twin, prompts)
    return zip(questions, zip(ofOrganism, ofTwin)).map {
      Answered(question: $0, organism: $1.0, twin: $1.1)
    }
  }

  private func answers(_ bundle: ModelBundle, _ prompts: [String]) throws -> [String] {
    guard !prompts.isEmpty else { return [] }
    var options = GenerationOptions.greedy(Self.answerTokens)
    options.stopStrings = ["\n"]
    return try TextGenerator(bundle).generate(prompts: prompts, options: options).map(\.text)
  }

  /// A question as the ground truth stores it, with the public attributes of its subject.
  static func probe(
    _ question: Question, publicAnswer: String, world: SmallWorld
  ) -> AnswerProbe {
    let kind = world.almanac.relation(question.relation)?.subjectKind ?? ""
    var probe = AnswerProbe(
      question, tags: world.almanac.attributes(ofSubject: question.subject, kind: kind))
    probe.publicAnswer = publicAnswer
    return probe
  }
}

extension [FactEvidence.Answered] {
  /// The share of answers for which `holds`, with its 95 % interval.
  func share(where holds: (Element) -> Bool) -> Interval {
    Interval.wilson(successes: filter(holds).count, of: count)
  }
}
