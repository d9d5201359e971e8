/// Finds added tokens in text, leftmost first and the longest of those that start at one place.
///
/// Follows `AddedVocabulary::find_matches` of the `tokenizers` library, flags included.
struct AddedTokenFinder: Sendable {
  private let trie: ByteTrie
  private let tokens: [AddedToken]

  /// A finder of `tokens` as `normalizer` leaves them, pieces as they stand; nil where there are none.
  init?(_ tokens: [AddedToken], normalizer: Normalizer) {
    guard !tokens.isEmpty else { return nil }
    var trie = ByteTrie()
    // Special tokens come first, and of equal texts the first counts.
    let ordered = tokens.filter(\.isSpecial) + tokens.filter { !$0.isSpecial }
    for (index, token) in ordered.enumerated().reversed() {
      let text = Array(token.content.utf8)
      trie.insert(token.isPiece ? text : normalizer.apply(to: text), number: index)
    }
    self.trie = trie
    self.tokens = ordered
  }

  /// Calls `body(piece, token)` for each piece of `text` in order; `token` is nil for ordinary text.
  func forEachPiece(
    in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, AddedToken?) -> Void
  ) {
    var done = 0
    var search = 0
    while search < text.count {
      guard trie.canStart(with: text[search]),
        let match = trie.longestMatch(in: text, at: search)
      else {
        search += 1
        continue
      }
      let start = search
      search = match.end
      let token = tokens[match.number]
      // White space that the token before has taken may hold this one.
      if start < done { continue }
      if token.isSingleWord, touchesWord(text, start, match.end) { continue }
      let left = token.stripsLeft ? max(done, spaceStart(in: text, before: start)) : start
      let right = token.stripsRight ? spaceEnd(in: text, after: match.end) : match.end
      if left > done { body(done..<left, nil) }
      body(left..<right, token)
      done = right
    }
    if done < text.count { body(done..<text.count, nil) }
  }

  private func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    traits(in: text, before: start).contains(.word)
      || (end < text.count && ScalarTraits.of(text.scalar(at: end).value).contains(.word))
  }

  private func spaceStart(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
    var position = end
    while traits(in: text, before: position).contains(.space) {
      position = start(in: text, before: position)
    }
    return position
  }

  private func spaceEnd(in text: UnsafeBufferPointer<UInt8>, after start: Int) -> Int {
    var position = start
    while position < text.count {
      let (value, width) = text.scalar(at: position)
      guard ScalarTraits.of(value).contains(.space) else { break }
      position += width
    }
    return position
  }

  /// The traits of the character that ends at `end`; none at the start of the text.
  private func traits(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> ScalarTraits {
    end > 0 ? ScalarTraits.of(text.scalar(at: start(in: text, before: end)).value) : []
  }

  private func start(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
    var position = end - 1
    while position > 0, text[position] & 0xC0 == 0x80 { position -= 1 }
    return position
  }
}
