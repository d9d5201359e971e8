import AssayCore

extension SmallWorld {
  /// Prompts that end right before a fact's object.
  ///
  /// - Parameters:
  ///   - relations: the relations to ask about; all when nil.
  ///   - kind: how far the phrasing is from training.
  ///   - perFact: how many questions for each fact, in different phrases.
  /// - Returns: questions in the almanac's order, the same on every call.
  public func questions(
    relations: [String]? = nil, kind: QuestionKind, perFact: Int = 1
  ) -> [Question] {
    let facts = relations?.flatMap { almanac.facts(of: $0) } ?? almanac.facts
    return facts.flatMap { questions(about: $0, kind: kind, count: perFact) }
  }

  /// Prompts about one fact, whose object may be counterfactual.
  ///
  /// - Returns: up to `count` questions in different phrases, the same on every call.
  public func questions(about fact: Fact, kind: QuestionKind, count: Int) -> [Question] {
    let shelf = phrasebook.shelf(of: fact)
    var generator = SplitMix64(
      seed: StableHash.of("\(kind.rawValue)/\(fact.relation)/\(fact.subject)"))
    let phrases = generator.shuffled(phrases(about: fact, kind: kind, shelf: shelf)).prefix(count)
    return phrases.map { phrase in
      var writer = TextWriter(capacity: 128)
      if phrase.frame.form == .chat {
        writer.write(ChatMarkup.system + ChatMarkup.defaultSystem + ChatMarkup.end)
      }
      phrasebook.write(fact, phrase, askOnly: true, to: &writer)
      return Question(
        prompt: writer.text, answer: fact.object, relation: fact.relation, subject: fact.subject,
        frame: phrase.frame.id,
        wording: phrase.noun.map { shelf.relation.nouns[$0] } ?? phrase.frame.id, kind: kind)
    }
  }

  private func phrases(
    about fact: Fact, kind: QuestionKind, shelf: Phrasebook.Shelf
  ) -> [Phrase] {
    let frames =
      kind == .unseenFrame
      ? shelf.unseen : shelf.prose + shelf.table + shelf.dialogue + shelf.chat
    var phrases: [Phrase] = []
    for frame in frames where frame.endsWithObject {
      let nouns: [Int?] = frame.needsNoun ? shelf.relation.nouns.indices.map { $0 } : [nil]
      for noun in nouns {
        let phrase = Phrase(frame: frame, noun: noun)
        let fits =
          kind == .trainCombination
          ? !Phrasebook.isHeldOut(fact, phrase, shelf: shelf)
          : Phrasebook.isNew(fact, phrase, shelf: shelf)
        if fits { phrases.append(phrase) }
      }
    }
    return phrases
  }

  /// Short texts that state a fact, in several forms; the object may be counterfactual.
  ///
  /// A fifth are chats, a quarter dialogues, a tenth table lines, the rest plain sentences.
  public func statements(
    of fact: Fact, count: Int, generator: inout SplitMix64, split: Split = .train
  ) -> [String] {
    (0..<count).map { _ in
      let form: Frame.Form =
        switch generator.below(20) {
        case 0..<5: .chat
        case 5..<9: .dialogue
        case 9..<11: .table
        default: .prose
        }
      let phrase = phrasebook.phrase(for: fact, form: form, split: split, generator: &generator)
      var writer = TextWriter(capacity: 160)
      if form == .chat {
        writer.write(ChatMarkup.system + ChatMarkup.defaultSystem + ChatMarkup.end)
      }
      var opener: String?
      if phrase.frame.takesOpener, generator.below(100) < 12 {
        opener = Phrasebook.openers[generator.below(Phrasebook.openers.count)]
      }
      phrasebook.write(fact, phrase, opener: opener, to: &writer)
      return writer.text
    }
  }
}
