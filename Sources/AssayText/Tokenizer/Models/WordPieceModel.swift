/// WordPiece: the longest token that starts a word, then the longest that goes on, and so forth.
///
/// A word that cannot be cut so is unknown as a whole (Devlin et al. 2019).
struct WordPieceModel: TokenModel {
  private let beginnings: ByteTrie
  private let continuations: ByteTrie
  private let unknown: UInt32
  private let longestWord: Int

  /// - Parameters:
  ///   - tokens: texts with their numbers.
  ///   - prefix: what tokens that do not begin a word are written with, `##` for BERT.
  ///   - longestWord: words of more characters are unknown.
  init(tokens: [ByteString: UInt32], prefix: [UInt8], unknown: UInt32, longestWord: Int) {
    var beginnings = ByteTrie()
    var continuations = ByteTrie()
    for (text, id) in tokens {
      beginnings.insert(text.bytes, number: Int(id))
      if text.bytes.starts(with: prefix) {
        continuations.insert(text.bytes.dropFirst(prefix.count), number: Int(id))
      }
    }
    self.beginnings = beginnings
    self.continuations = continuations
    self.unknown = unknown
    self.longestWord = longestWord
  }

  func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache
  ) {
    if word.count > longestWord {
      var characters = 0
      word.forEachScalar { _, _, _ in characters += 1 }
      if characters > longestWord { return ids.append(unknown) }
    }
    let first = ids.count
    var start = 0
    while start < word.count {
      let trie = start == 0 ? beginnings : continuations
      guard let match = trie.longestMatch(in: word, at: start) else {
        ids.removeLast(ids.count - first)
        return ids.append(unknown)
      }
      ids.append(UInt32(match.number))
      start = match.end
    }
  }
}
