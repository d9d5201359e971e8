/// Byte pair encoding in which each byte of a word is a symbol.
///
/// The method is that of GPT-2 (Radford et al. 2019, section 2.2). The file writes bytes in `ByteAlphabet`; here they stay bytes.
struct ByteLevelModel: TokenModel {
  private static let absent = UInt32.max

  private let merges: BytePairMerges
  private let byteTokens: [UInt32]
  private let unknown: UInt32?
  private let fusesUnknown: Bool
  /// Tokens by their bytes, where a word that is a token stays whole; empty where merges decide.
  private let wholeWords: [ByteString: UInt32]

  /// - Parameters:
  ///   - byteTokens: the token of each of the 256 bytes; nil where the vocabulary lacks it.
  ///   - unknown: the token of bytes without one; nil drops them.
  ///   - fusesUnknown: whether neighbouring unknown bytes are one token.
  init(
    byteTokens: [Int?], merges: BytePairMerges, unknown: Int?, fusesUnknown: Bool,
    wholeWords: [ByteString: UInt32]
  ) {
    self.byteTokens = byteTokens.map { $0.map { UInt32($0) } ?? Self.absent }
    self.merges = merges
    self.unknown = unknown.map { UInt32($0) }
    self.fusesUnknown = fusesUnknown
    self.wholeWords = wholeWords
  }

  func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache
  ) {
    if !wholeWords.isEmpty, let id = wholeWords[ByteString(word)] { return ids.append(id) }
    append(word, to: &ids, longWord: BytePairMerges.longWord)
  }

  /// The same by merges alone; `longWord` as in `BytePairMerges`.
  func append(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], longWord: Int) {
    let start = ids.count
    for byte in word {
      let token = byteTokens[Int(byte)]
      if token != Self.absent {
        ids.append(token)
      } else if let unknown, !(fusesUnknown && ids.count > start && ids.last == unknown) {
        ids.append(unknown)
      }
    }
    merges.merge(&ids, from: start, longWord: longWord)
  }
}
