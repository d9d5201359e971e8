/// The unigram language model: the segmentation of a word whose tokens have the highest sum of scores
/// (Kudo 2018, section 3.2), found by the method of Viterbi.
///
/// Follows `Unigram::encode_optimized` of the `tokenizers` library, ties included: of equal sums the
/// one found first stays.
struct UnigramModel: TokenModel {
  /// Added to the lowest score for a character that no token is.
  private static let unknownPenalty = -10.0
  /// The score of a user-defined piece of SentencePiece, nearly that of a certainty; newer versions
  /// add a tenth for each character.
  private static let pieceScore = -0.1

  private let trie: ByteTrie
  private let scores: [Double]
  private let unknown: UInt32?
  private let unknownScore: Double
  private let byteTokens: [UInt32?]

  /// - Parameters:
  ///   - tokens: texts and scores (logarithms of probabilities), by number.
  ///   - unknown: the token of what no token is; nil drops it.
  ///   - byteTokens: the tokens `<0x00>` to `<0xFF>`, or empty.
  ///   - pieces: user-defined pieces of SentencePiece, which win over nearly everything.
  ///   - unscored: other tokens of SentencePiece whose scores say nothing.
  init(
    tokens: [(text: [UInt8], score: Double)], unknown: UInt32?, byteTokens: [UInt32?],
    pieces: Set<Int> = [], unscored: Set<Int> = []
  ) {
    var trie = ByteTrie()
    for (id, token) in tokens.enumerated() { trie.insert(token.text, number: id) }
    self.trie = trie
    let normal = tokens.indices.filter { !pieces.contains($0) && !unscored.contains($0) }
      .map { tokens[$0].score }
    scores = tokens.enumerated().map { id, token in
      pieces.contains(id) ? Self.pieceScore : token.score
    }
    self.unknown = unknown
    unknownScore = (normal.min() ?? 0) + Self.unknownPenalty
    self.byteTokens = byteTokens
  }

  private struct Node {
    var start = -1
    var id: UInt32 = 0
    var score = 0.0
  }

  func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache
  ) {
    var nodes = [Node](repeating: Node(), count: word.count + 1)
    // What stands for "unknown" on a path where the file has no token for it.
    let unknownId = unknown ?? .max
    nodes.withUnsafeMutableBufferPointer { nodes in
      word.forEachScalar { _, start, width in
        let score = nodes[start].score
        var isKnown = false
        func reach(_ end: Int, _ id: UInt32, _ total: Double) {
          if nodes[end].start < 0 || total > nodes[end].score {
            nodes[end] = Node(start: start, id: id, score: total)
          }
        }
        trie.forEachMatch(in: word, at: start) { end, id in
          reach(end, UInt32(id), scores[id] + score)
          if end == start + width { isKnown = true }
        }
        if !isKnown { reach(start + width, unknownId, unknownScore + score) }
      }
    }
    var path: [(start: Int, end: Int, id: UInt32)] = []
    var end = word.count
    while end > 0 {
      let node = nodes[end]
      if node.id == unknownId, let last = path.last, last.id == unknownId {
        // Neighbouring unknown characters are one.
        path[path.count - 1].start = node.start
      } else {
        path.append((node.start, end, node.id))
      }
      end = node.start
    }
    for item in path.reversed() {
      if item.id != unknownId {
        ids.append(item.id)
      } else {
        appendUnknown(UnsafeBufferPointer(rebasing: word[item.start..<item.end]), to: &ids)
      }
    }
  }

  private func appendUnknown(_ text: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32]) {
    // Together they may be a token that lost to them one by one.
    if let match = trie.longestMatch(in: text, at: 0), match.end == text.count {
      return ids.append(UInt32(match.number))
    }
    let bytes = byteTokens.isEmpty ? [] : text.compactMap { byteTokens[Int($0)] }
    if !byteTokens.isEmpty, bytes.count == text.count {
      ids += bytes
    } else if let unknown {
      ids.append(unknown)
    }
  }
}
