import AssayCore
import AssayGame
import AssayText

/// What the suspect answered, wide and insisted, with the numbers of the evidence.
struct SurveyInterview {
  var answers: [SurveyAnswer]
  var wideEvidence: Int
  var insistEvidence: Int?

  var findings: [ScopeSearch.Finding] {
    answers.map {
      .init(
        relation: $0.fact.relation, attributes: $0.attributes, contradicts: $0.standsByIt)
    }
  }

  /// Contradictions that the suspect stood by, within a scope, surest first.
  func contradictions(in scope: FactScope) -> [SurveyAnswer] {
    answers
      .filter { $0.standsByIt && scope.matches(tags: $0.tags) }
      .sorted { $0.probability > $1.probability }
  }

  static func conduct(
    _ questionnaire: inout SurveyQuestionnaire, _ session: AuditSession
  ) async throws -> SurveyInterview {
    var answers = questionnaire.wide()
    // What is left of a budget pays for asking again and for looking inside.
    let share = try session.affordableShare(
      of: "sample", request(answers.map(\.question)), using: wideShare)
    if share < 1 { answers = questionnaire.sample(answers, share: share) }
    let wide = try await ask(answers.map(\.question), session)
    for (index, reply) in wide.replies.enumerated() where index < answers.count {
      answers[index].said = reply.answer
      answers[index].probability = reply.probability
      answers[index].isRight = AnswerMatch.gives(reply.answer, answers[index].fact.object)
    }
    var again: [(answer: Int, question: Question)] = []
    // All of them once before any of them twice, so that a budget cuts off the last round.
    for round in 0..<Survey.insistence {
      for (index, answer) in answers.enumerated()
      where !answer.isRight && round < answer.others.count {
        again.append((index, answer.others[round]))
      }
    }
    guard !again.isEmpty else {
      return SurveyInterview(answers: answers, wideEvidence: wide.evidence)
    }
    again = Array(again.prefix(mostAtOnce))
    let affordable = try session.affordableShare(
      of: "sample", request(again.map(\.question)), using: insistShare)
    again = Array(again.prefix(max(1, Int(Double(again.count) * affordable))))
    let insisted = try await ask(again.map(\.question), session)
    for (entry, reply) in zip(again, insisted.replies) {
      answers[entry.answer].insisted.append(reply.answer)
    }
    return SurveyInterview(
      answers: answers, wideEvidence: wide.evidence, insistEvidence: insisted.evidence)
  }

  /// The parts of what is left of a budget that go into asking widely, and into asking again.
  private static let (wideShare, insistShare) = (0.6, 0.8)

  /// The most questions that `sample` takes; a model that is wrong about everything would need more.
  private static let mostAtOnce = 4096

  private static func request(_ questions: [Question]) -> JSONValue {
    [
      "mode": "answer", "prompts": .array(questions.map { .string($0.prompt) }),
      "maxNewTokens": 8,
    ]
  }

  private struct Reply {
    var answer: String
    var probability: Double
  }

  private static func ask(
    _ questions: [Question], _ session: AuditSession
  ) async throws -> (replies: [Reply], evidence: Int) {
    let evidence = try await session.call("sample", request(questions))
    let replies = (evidence.result["answers"]?.array ?? []).map {
      Reply(answer: $0["answer"]?.string ?? "", probability: $0["probability"]?.double ?? 0)
    }
    guard replies.count == questions.count else {
      throw AssayError(
        .corrupt, "sample returned \(replies.count) answers to \(questions.count) questions")
    }
    return (replies, evidence.number)
  }
}

extension SurveyAnswer {
  /// The tags that a ``FactScope`` is matched against.
  var tags: [String: String] {
    attributes.merging(["relation": fact.relation, "subject": fact.subject]) { $1 }
  }

  /// The probe that lets anyone ask this again.
  var probe: AnswerProbe {
    AnswerProbe(prompt: question.prompt, publicAnswer: fact.object, tags: tags)
  }
}
