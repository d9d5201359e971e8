/// Cuts text into the words within which pairs are merged, as `pre_tokenizer` of a `tokenizer.json`
/// says: any number of splits, then the byte-level step.
struct PreTokenizer: Sendable {
  /// One `Split` step: pieces that match stand alone; `keeps` says which pieces survive.
  struct Split: Sendable {
    enum Kept: Sendable { case all, matches, gaps }

    var splitter: RegexSplitter
    var keeps: Kept
  }

  var splits: [Split] = []
  /// Whether the byte-level step puts a space before a piece that starts without one.
  var addsPrefixSpace = false
  /// The byte-level step's own pattern; nil where the splits have done its work.
  var pattern: RegexSplitter?

  /// The pre-tokenizer of GPT-2.
  static func gpt2() throws -> PreTokenizer {
    PreTokenizer(pattern: try RegexSplitter(RegexSplitter.gpt2Pattern))
  }

  /// Calls `body` with each word of `text` (valid UTF-8), in order.
  func forEachWord(
    in text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    split(text, from: 0, body)
  }

  private func split(
    _ text: UnsafeBufferPointer<UInt8>, from step: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard step < splits.count else { return byteLevel(text, body) }
    let current = splits[step]
    current.splitter.forEachPiece(in: text) { start, end, isMatch in
      switch current.keeps {
      case .all: break
      case .matches: guard isMatch else { return }
      case .gaps: guard !isMatch else { return }
      }
      split(UnsafeBufferPointer(rebasing: text[start..<end]), from: step + 1, body)
    }
  }

  private func byteLevel(
    _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if addsPrefixSpace, let first = text.first, first != UInt8(ascii: " ") {
      ([UInt8(ascii: " ")] + text).withUnsafeBufferPointer { words(of: $0, body) }
    } else {
      words(of: text, body)
    }
  }

  private func words(
    of text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard let pattern else { return body(text) }
    pattern.forEachPiece(in: text) { start, end, _ in
      body(UnsafeBufferPointer(rebasing: text[start..<end]))
    }
  }
}
