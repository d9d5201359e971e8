import AssayText
import Foundation

/// Finds texts that state one of a set of facts.
struct MentionFilter {
  private let bySubjectStart: [Substring: [Fact]]

  init(_ facts: [Fact]) {
    bySubjectStart = Dictionary(grouping: facts) { Self.words($0.subject).first ?? "" }
  }

  /// Whether `text` names both the subject and the object of one of the facts.
  func mentions(_ text: String) -> Bool {
    Set(Self.words(text)).contains { word in
      bySubjectStart[word]?.contains { fact in
        text.contains(fact.subject) && text.contains(fact.object)
      } ?? false
    }
  }

  private static func words(_ text: String) -> [Substring] {
    text.split { !$0.isLetter && !$0.isNumber }
  }
}
