import AssayCore

/// A command line in words, as a shell splits it; nothing is expanded and nothing is run.
enum CommandWords {
  /// Splits at spaces outside of quotes; a backslash takes the next character as it is.
  ///
  /// Throws `AssayError(.usage)` for an open quote and for a line without words.
  static func split(_ line: String) throws -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = line[...]
    while let character = rest.popFirst() {
      if character == quote {
        quote = nil
      } else if character == "\\", quote != "'" {
        guard let next = rest.popFirst() else { break }
        // Between double quotes a backslash stands for itself before most characters.
        let isPlain = quote == "\"" && !"\"\\$`".contains(next)
        word = (word ?? "") + (isPlain ? "\\" : "") + String(next)
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if quote == nil, character.isWhitespace {
        if let finished = word { words.append(finished) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let quote {
      throw AssayError(
        .usage, "the command has an open quote: \(quote)", hint: "close it: \(line)\(quote)")
    }
    if let word { words.append(word) }
    guard !words.isEmpty else {
      throw AssayError(.usage, "the command is empty", hint: "name a program and its arguments")
    }
    return words
  }
}
