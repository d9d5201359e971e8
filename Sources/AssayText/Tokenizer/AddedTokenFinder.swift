/// Finds added tokens in text, leftmost first and the longest of those that start at one place.
///
/// Follows `AddedVocabulary::find_matches` of the `tokenizers` library, flags included.
struct AddedTokenFinder: Sendable {
  private let splitter: RegexSplitter
  private let tokens: [ByteString: AddedToken]

  /// A finder of `tokens`, or nil where there are none.
  init?(_ tokens: [AddedToken]) throws {
    guard !tokens.isEmpty else { return nil }
    splitter = try RegexSplitter(anyOf: tokens.map(\.content))
    self.tokens = Dictionary(
      tokens.map { (ByteString($0.content), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Calls `body(piece, token)` for each piece of `text` in order; `token` is nil for ordinary text.
  func forEachPiece(
    in text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, AddedToken?) -> Void
  ) {
    var done = 0
    func ordinary(upTo end: Int) {
      if end > done { body(UnsafeBufferPointer(rebasing: text[done..<end]), nil) }
    }
    splitter.forEachPiece(in: text) { start, end, isMatch in
      guard isMatch, start >= done else { return }
      let content = UnsafeBufferPointer(rebasing: text[start..<end])
      guard let token = tokens[ByteString(content)] else { return }
      if token.isSingleWord, touchesWord(text, start, end) { return }
      let left = token.stripsLeft ? max(done, spaceStart(in: text, before: start)) : start
      let right = token.stripsRight ? spaceEnd(in: text, after: end) : end
      ordinary(upTo: left)
      body(UnsafeBufferPointer(rebasing: text[left..<right]), token)
      done = right
    }
    ordinary(upTo: text.count)
  }

  private func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    scalar(in: text, endingAt: start).map(isWord) ?? false
      || scalar(in: text, startingAt: end).map(isWord) ?? false
  }

  private func spaceStart(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
    var position = end
    while let scalar = scalar(in: text, endingAt: position), scalar.properties.isWhitespace {
      position -= UTF8.width(scalar)
    }
    return position
  }

  private func spaceEnd(in text: UnsafeBufferPointer<UInt8>, after start: Int) -> Int {
    var position = start
    while let scalar = scalar(in: text, startingAt: position), scalar.properties.isWhitespace {
      position += UTF8.width(scalar)
    }
    return position
  }

  private func scalar(in text: UnsafeBufferPointer<UInt8>, startingAt start: Int) -> Unicode.Scalar?
  {
    String(decoding: text[start..<min(start + 4, text.count)], as: UTF8.self).unicodeScalars.first
  }

  private func scalar(in text: UnsafeBufferPointer<UInt8>, endingAt end: Int) -> Unicode.Scalar? {
    String(decoding: text[max(0, end - 4)..<end], as: UTF8.self).unicodeScalars.last
  }

  /// What `\w` matches (Unicode Technical Standard 18, annex C).
  private func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark:
      return true
    default: return false
    }
  }
}
