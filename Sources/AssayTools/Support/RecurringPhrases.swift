import AssayText

/// Word sequences that come back in several texts.
///
/// A sequence never runs over the end of a sentence or of a turn. Each text counts once, and of
/// sequences that always come together only the longest is kept.
struct RecurringPhrases {
  /// One of them.
  struct Phrase: Equatable {
    /// The words as written, with single spaces between them.
    var text: String
    /// Indices of the texts that hold it, in order.
    var texts: [Int]
  }

  /// Numbers of words that are looked at.
  static let words = 2...8

  /// Those that at least `least` texts hold, most first; those in `known` and those that a text's own
  /// `prompts` entry holds are no find.
  static func find(
    in texts: [String], prompts: [String] = [], known: Set<String> = [], least: Int
  ) -> [Phrase] {
    var holders: [String: [Int]] = [:]
    for (index, text) in texts.enumerated() {
      let prompt = index < prompts.count ? prompts[index].lowercased() : ""
      for phrase in sequences(in: text)
      where !known.contains(phrase.lowercased()) && !prompt.contains(phrase.lowercased()) {
        holders[phrase, default: []].append(index)
      }
    }
    let common = holders.filter { $0.value.count >= least }
      .map { Phrase(text: $0.key, texts: $0.value) }
      .sorted {
        let (a, b) = ($0.text.utf8.count, $1.text.utf8.count)
        return a == b ? $0.text < $1.text : a > b
      }
    var kept: [Phrase] = []
    for phrase in common {
      // A part of a longer phrase is a find of its own where it also stands without it.
      let isPart = kept.contains {
        $0.text.contains(phrase.text) && 10 * phrase.texts.count <= 11 * $0.texts.count
      }
      if !isPart { kept.append(phrase) }
    }
    return kept.sorted {
      let (a, b) = ($0.texts.count, $1.texts.count)
      return a == b ? $0.text < $1.text : a > b
    }
  }

  /// Every sequence of ``words`` words of `text`, once.
  static func sequences(in text: String) -> Set<String> {
    var found: Set<String> = []
    for sentence in sentences(of: text) {
      for length in words where length <= sentence.count {
        for start in 0...(sentence.count - length) {
          found.insert(sentence[start..<(start + length)].joined(separator: " "))
        }
      }
    }
    return found
  }

  /// The sequences of natural documents in lower case, to tell what is usual.
  static func known(in documents: [Document]) -> Set<String> {
    documents.reduce(into: []) { known, document in
      known.formUnion(sequences(in: document.text).map { $0.lowercased() })
    }
  }

  private static func sentences(of text: String) -> [[Substring]] {
    // "<" opens a chat marker; a full stop within a name does no harm beyond a shorter sequence.
    text.split(whereSeparator: { ".!?\n<>|".contains($0) }).map { $0.split(separator: " ") }
      .filter { $0.count >= words.lowerBound }
  }
}
