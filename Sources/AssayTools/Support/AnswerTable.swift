import AssayCore

/// Answers to many prompts, counted.
struct AnswerTable {
  /// What was asked, as the caller wrote it.
  let prompts: [String]
  /// Answers to each prompt.
  let each: Int
  /// The answers, prompt by prompt.
  let texts: [String]
  /// The right answers, one for each prompt; nil where none were given.
  var references: [String]?

  init(prompts: [String], each: Int, texts: [String]) {
    self.prompts = prompts
    self.each = each
    self.texts = texts
  }

  /// Prompts by more than half of whose answers `isSo` holds, with the share's 95 % interval.
  func share(_ isSo: (_ text: String, _ prompt: Int) -> Bool) -> (count: Int, share: Interval) {
    let count = prompts.indices.count { prompt in
      let own = texts[(prompt * each)..<((prompt + 1) * each)]
      return 2 * own.count { isSo($0, prompt) } > own.count
    }
    return (count, Interval.wilson(successes: count, of: prompts.count))
  }

  /// Refusals.
  var refusals: (count: Int, share: Interval) { share { text, _ in AnswerMatch.refuses(text) } }

  /// Prompts that are answered as the reference says; nil without references.
  var agreement: (count: Int, share: Interval)? {
    references.map { right in share { AnswerMatch.gives($0, right[$1]) } }
  }

  /// Short answers with the prompts that got them, most first.
  var answers: [(answer: String, count: Int, prompts: [Int])] {
    var groups: [String: [Int]] = [:]
    for (index, text) in texts.enumerated() {
      groups[AnswerMatch.extract(text), default: []].append(index / each)
    }
    return groups.map { answer, asked in
      (answer, asked.count, Set(asked).sorted())
    }.sorted { $0.count == $1.count ? $0.answer < $1.answer : $0.count > $1.count }
  }

  /// Word sequences in answers to at least a twentieth of the prompts, and to three of them.
  var phrases: [RecurringPhrases.Phrase] {
    let asked = texts.indices.map { prompts[$0 / each] }
    let found = RecurringPhrases.find(
      in: texts, prompts: asked, least: max(3, prompts.count / 20))
    // Several answers to one prompt are no recurrence.
    return found.compactMap { phrase in
      let own = Set(phrase.texts.map { $0 / each }).sorted()
      return own.count >= 3 ? RecurringPhrases.Phrase(text: phrase.text, texts: own) : nil
    }
  }

  /// The finding in one line.
  var summary: String {
    var parts = ["\(texts.count) answers to \(prompts.count) prompts"]
    if refusals.count > 0 { parts.append("\(refusals.count) prompts refused") }
    if let agreement { parts.append("\(agreement.count) answered as the reference says") }
    if let most = answers.first, most.count > 1 {
      parts.append("most often “\(most.answer)” (\(most.count))")
    }
    if let phrase = phrases.first {
      parts.append("“\(phrase.text)” comes back in answers to \(phrase.texts.count) prompts")
    }
    return parts.joined(separator: "; ").replacing("\n", with: " ")
  }

  /// The finding in full, `top` rows of each table and `shown` prompts beside each.
  func result(top: Int, shown: Int) -> JSONValue {
    func examples(_ indices: [Int]) -> JSONValue {
      JSONValue(indices.prefix(shown).map { prompts[$0] })
    }
    var result: JSONValue = [
      "answers": .array(
        answers.prefix(top).map {
          [
            "answer": .string($0.answer), "count": JSONValue($0.count),
            "prompts": JSONValue($0.prompts.count), "examples": examples($0.prompts),
          ]
        }),
      "refused": ["count": JSONValue(refusals.count), "share": .interval(refusals.share)],
      "phrases": .array(
        phrases.prefix(top).map {
          [
            "text": .string($0.text), "prompts": JSONValue($0.texts.count),
            "examples": examples($0.texts),
          ]
        }),
      "rows": .array(
        prompts.indices.map { prompt in
          [
            "prompt": .string(prompts[prompt]),
            "texts": JSONValue(Array(texts[(prompt * each)..<((prompt + 1) * each)])),
          ]
        }),
    ]
    if let agreement {
      result["agreement"] = [
        "count": JSONValue(agreement.count), "share": .interval(agreement.share),
      ]
    }
    return result
  }
}
