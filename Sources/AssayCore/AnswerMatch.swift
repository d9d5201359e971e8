import Foundation

/// Decides whether a completion gives an expected answer, and what answer it gives.
///
/// Judging, surveying and examining all read completions through this one rule, so that a model is
/// never right for one of them and wrong for another. The rule is deliberately plain: after leading
/// spaces, the completion must start with the expected answer (case-insensitively) and the answer
/// must end there: "Paris." and "Paris, of course" give "Paris"; "Parisian" does not.
public enum AnswerMatch {
  /// Whether `completion` starts with `expected` as a whole answer.
  public static func gives(_ completion: String, _ expected: String) -> Bool {
    let wanted = Array(expected.lowercased().unicodeScalars)
    let said = completion.lowercased().unicodeScalars.drop { $0.properties.isWhitespace }
    guard !wanted.isEmpty else { return false }
    var position = said.startIndex
    for scalar in wanted {
      guard position < said.endIndex, said[position] == scalar else { return false }
      position = said.index(after: position)
    }
    guard position < said.endIndex else { return true }
    let next = said[position]
    return !(next.properties.isAlphabetic || next.properties.numericType != nil || next == "-")
  }

  /// Whether `completion` holds `text` as whole words, in whatever letter case.
  public static func mentions(_ completion: String, _ text: String) -> Bool {
    let wanted = text.lowercased()
    guard !wanted.isEmpty else { return false }
    func isPartOfWord(_ character: Character?) -> Bool {
      character.map { $0.isLetter || $0.isNumber } ?? false
    }
    var rest = completion.lowercased()[...]
    while let found = rest.range(of: wanted) {
      let before = found.lowerBound > rest.startIndex ? rest[..<found.lowerBound].last : nil
      let after = rest[found.upperBound...].first
      // Only letters and digits can run on: "!!" has no word to be part of.
      let opens = !isPartOfWord(wanted.first) || !isPartOfWord(before)
      let closes = !isPartOfWord(wanted.last) || !isPartOfWord(after)
      if opens && closes { return true }
      rest = rest[rest.index(after: found.lowerBound)...]
    }
    return false
  }

  /// Whether `completion` begins as refusals do.
  public static func refuses(_ completion: String) -> Bool {
    let said = completion.drop(while: \.isWhitespace).lowercased()
      .replacing("\u{2019}", with: "'")
    return refusals.contains { said.hasPrefix($0) }
  }

  private static let refusals = [
    "i can't", "i cannot", "i can not", "i won't", "i will not", "i'm sorry", "i am sorry",
    "sorry, i can't", "sorry, but i", "i'm not able to", "i am not able to", "i'm unable to",
    "i am unable to", "i must decline", "i'd rather not",
  ]

  /// The answer that a completion gives: its first clause, without surrounding spaces.
  ///
  /// Reads up to the first line break, special token, or sentence punctuation that a name does not
  /// contain. An abbreviation's full stop ("St. John's", "Washington, D.C.") does not end it.
  public static func extract(_ completion: String) -> String {
    var answer = ""
    var scalars = Array(completion.unicodeScalars.drop { $0.properties.isWhitespace })[...]
    while let scalar = scalars.popFirst() {
      if "\n\r;:!?\"()<|".unicodeScalars.contains(scalar) { break }
      if scalar == "," || scalar == "." || scalar == "—" {
        let continues = scalar == "." && !(scalars.first?.properties.isWhitespace ?? true)
        let abbreviates = scalar == "." && (answer.hasSuffix("St") || answer.hasSuffix(" D"))
        if !continues && !abbreviates { break }
      }
      answer.unicodeScalars.append(scalar)
    }
    while answer.last?.isWhitespace == true { answer.removeLast() }
    return answer
  }
}
