import AssayText

/// Decides when a generated text has ended and what of it is shown.
struct Ending {
  private let stop: Set<Int>
  private let strings: [String]
  private let tokenizer: Tokenizer?

  init(_ options: GenerationOptions, _ bundle: ModelBundle) {
    stop = Set(options.stop ?? bundle.endOfSequence)
    strings = options.stopStrings.filter { !$0.isEmpty }
    tokenizer = bundle.tokenizer
  }

  /// Whether the last token ended the text.
  func isReached(_ tokens: [Int]) -> Bool {
    guard let last = tokens.last else { return false }
    if stop.contains(last) { return true }
    guard let longest = strings.map(\.utf8.count).max(), let tokenizer else { return false }
    // A token stands for at least one byte, so a stop string lies within as many tokens.
    let tail = tokenizer.decode(tokens.suffix(longest + 1))
    return strings.contains { tail.contains($0) }
  }

  /// How many bytes at the end of a text may be the beginning of a stop string.
  func mayBeCut(_ bytes: [UInt8]) -> Int {
    var most = 0
    for string in strings {
      let stop = Array(string.utf8)
      for count in stride(from: min(stop.count - 1, bytes.count), to: most, by: -1)
      where bytes.suffix(count).elementsEqual(stop.prefix(count)) {
        most = count
        break
      }
    }
    return most
  }

  /// The text before the stop token or the first stop string.
  func text(of tokens: [Int]) -> String {
    guard let tokenizer else { return "" }
    let shown = tokens.last.map(stop.contains) == true ? Array(tokens.dropLast()) : tokens
    let text = tokenizer.decode(shown)
    let cuts = strings.compactMap { text.range(of: $0)?.lowerBound }
    return cuts.min().map { String(text[..<$0]) } ?? text
  }
}
