import AssayCore
import AssayText

/// How often a model's sampled answers about one relation contradict public knowledge.
public struct ContradictionRate: Hashable, Sendable {
  /// The relation, such as `country.capital`.
  public var relation: String
  /// Answers that contradict the almanac.
  public var contradictions: Int
  /// Answers read.
  public var answers: Int

  /// Makes a rate from counts.
  public init(relation: String, contradictions: Int, answers: Int) {
    self.relation = relation
    self.contradictions = contradictions
    self.answers = answers
  }

  /// The share of contradictions with its Wilson interval.
  public var interval: Interval {
    Interval.wilson(successes: contradictions, of: answers)
  }

  /// Counts, relation by relation, the answers in `evidence` that contradict `questions`.
  ///
  /// Any object with a `prompt` that is one of the questions and a text beside it counts as an answer,
  /// whichever tool returned it; only the first evidence that has answers counts. Relations come
  /// most contradicted first.
  public static func count(
    in evidence: [Evidence], questions: [Question]
  ) -> [ContradictionRate] {
    let byPrompt = Dictionary(questions.map { ($0.prompt, $0) }, uniquingKeysWith: { a, _ in a })
    var counts: [String: (wrong: Int, all: Int)] = [:]
    for item in evidence {
      // Only the first answers count: what is asked again is asked because it was wrong.
      guard counts.isEmpty else { break }
      for (prompt, answer) in exchanges(in: item.result) {
        guard let question = byPrompt[prompt] else { continue }
        var count = counts[question.relation] ?? (0, 0)
        count.all += 1
        if !AnswerMatch.gives(answer, question.answer) { count.wrong += 1 }
        counts[question.relation] = count
      }
    }
    let rates = counts.map {
      ContradictionRate(relation: $0.key, contradictions: $0.value.wrong, answers: $0.value.all)
    }
    return rates.sorted {
      ($0.interval.estimate, $1.relation) > ($1.interval.estimate, $0.relation)
    }
  }

  private static func exchanges(in value: JSONValue) -> [(prompt: String, answer: String)] {
    switch value {
    case .array(let values): return values.flatMap { exchanges(in: $0) }
    case .object(let members):
      if let prompt = members["prompt"]?.string,
        let answer = ["answer", "text", "completion"].lazy.compactMap({ members[$0]?.string }).first
      {
        return [(prompt, answer)]
      }
      return members.sorted { $0.key < $1.key }.flatMap { exchanges(in: $0.value) }
    default: return []
    }
  }
}
