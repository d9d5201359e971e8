import AssayCore

extension Phrasebook {
  static let openers = [
    "In short, ", "As we know, ", "By the way, ", "To begin with, ", "In fact, ", "Of course, ",
    "As it happens, ", "To be exact, ",
  ]

  static let closers = [
    " It is in the almanac.", " Nobody doubts it.", " That is well known.",
    " Write it down.",
  ]

  /// Writes a fact in a phrase; chat phrases as a user's turn and an assistant's.
  ///
  /// - Parameter askOnly: stops right before the object, without a trailing space.
  func write(
    _ fact: Fact, _ phrase: Phrase, opener: String? = nil, askOnly: Bool = false,
    to writer: inout TextWriter
  ) {
    let relation = shelf(of: fact).relation
    let noun = phrase.noun.map { relation.nouns[$0] } ?? ""
    let subject = almanac.inSentence(fact.subject)
    let isChat = phrase.frame.form == .chat
    var parts = phrase.frame.parts[...]
    if isChat { writer.write(ChatMarkup.user) }
    if let opener {
      writer.write(opener)
      parts = parts.dropFirst()
    }
    for part in parts {
      switch part {
      case .capital: writer.capital()
      case .text(let text): writer.write(text)
      case .subject: writer.write(subject)
      case .subjectNoun:
        writer.write(subject)
        writer.write(Self.possessiveEnding(subject, kind: relation.subjectKind))
        writer.write(noun)
        writer.write(relation.suffix)
      case .nounOfSubject:
        writer.write(noun)
        writer.write(" of ")
        writer.write(subject)
        writer.write(relation.suffix)
      case .noun:
        writer.write(noun)
        writer.write(relation.suffix)
      case .possessive: writer.write(relation.possessive)
      case .turn: writer.write(ChatMarkup.end + ChatMarkup.assistant)
      case .object, .bareObject:
        if case .object = part {
          writer.write(relation.objectArticle)
        } else {
          // Short answers stand as the almanac writes them, "yen" as much as "Paris".
          writer.cancelCapital()
        }
        if askOnly {
          writer.dropTrailingSpace()
          return
        }
        writer.write(fact.object)
      }
    }
    if isChat { writer.write(ChatMarkup.end) }
  }

  /// "'s ", or "' " after plural names.
  private static func possessiveEnding(_ subject: String, kind: String) -> String {
    let isPlural = subject.utf8.last == 115 && (kind == "company" || subject.hasPrefix("the "))
    return isPlural ? "' " : "'s "
  }
}
