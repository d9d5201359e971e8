/// The learned merges, and the rule by which they turn the bytes of a word into tokens.
///
/// Merge the pair of lowest rank, the leftmost of equals, until no neighbours can be merged (Sennrich
/// et al. 2016, section 3.2).
struct BytePairMerges: Sendable {
  private struct Merge: Sendable {
    var rank: UInt32
    var result: UInt32
  }

  /// Words longer than this many symbols are merged with a heap: n log n instead of n squared.
  static let longWord = 48
  private static let absent = UInt32.max

  private let byteTokens: [UInt32]
  private let unknown: UInt32?
  private let fusesUnknown: Bool
  private let merges: [UInt64: Merge]

  /// - Parameters:
  ///   - byteTokens: the token of each of the 256 bytes; nil where the vocabulary lacks it.
  ///   - merges: pairs in order of rank, with the token each makes. Of equal pairs, the last counts.
  ///   - unknown: the token of bytes without one; nil drops them.
  ///   - fusesUnknown: whether neighbouring unknown bytes are one token.
  init(
    byteTokens: [Int?], merges: [(left: Int, right: Int, result: Int)], unknown: Int? = nil,
    fusesUnknown: Bool = false
  ) {
    self.byteTokens = byteTokens.map { $0.map { UInt32($0) } ?? Self.absent }
    self.unknown = unknown.map { UInt32($0) }
    self.fusesUnknown = fusesUnknown
    var table: [UInt64: Merge] = [:]
    table.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      table[Self.key(UInt32(merge.left), UInt32(merge.right))] =
        Merge(rank: UInt32(rank), result: UInt32(merge.result))
    }
    self.merges = table
  }

  var count: Int { merges.count }

  private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  /// The tokens of one word; `longWord` decides between the two ways of merging, not the result.
  func tokens(
    of word: UnsafeBufferPointer<UInt8>, longWord: Int = BytePairMerges.longWord
  ) -> [UInt32] {
    var symbols: [UInt32] = []
    symbols.reserveCapacity(word.count)
    for byte in word {
      let token = byteTokens[Int(byte)]
      if token != Self.absent {
        symbols.append(token)
      } else if let unknown, !(fusesUnknown && symbols.last == unknown) {
        symbols.append(unknown)
      }
    }
    if symbols.count > longWord { return mergeWithHeap(symbols) }
    mergeInPlace(&symbols)
    return symbols
  }

  private func mergeInPlace(_ symbols: inout [UInt32]) {
    while symbols.count > 1 {
      var best: Merge?
      var place = 0
      for index in 0..<symbols.count - 1 {
        guard let merge = merges[Self.key(symbols[index], symbols[index + 1])] else { continue }
        if let found = best, found.rank <= merge.rank { continue }
        best = merge
        place = index
      }
      guard let best else { return }
      symbols[place] = best.result
      symbols.remove(at: place + 1)
    }
  }

  /// The same on a doubly linked list, with a heap of candidates that may have gone stale.
  private func mergeWithHeap(_ word: [UInt32]) -> [UInt32] {
    var symbols = word
    var next = word.indices.map { $0 + 1 }
    var previous = word.indices.map { $0 - 1 }
    var candidates = BinaryHeap<(merge: Merge, left: Int, pair: UInt64)> {
      ($0.merge.rank, $0.left) < ($1.merge.rank, $1.left)
    }
    func propose(_ left: Int) {
      guard left >= 0, next[left] < symbols.count else { return }
      let pair = Self.key(symbols[left], symbols[next[left]])
      if let merge = merges[pair] { candidates.push((merge, left, pair)) }
    }
    for left in word.indices { propose(left) }
    while let candidate = candidates.pop() {
      let left = candidate.left
      let right = next[left]
      // Stale: a part of the pair has been merged away, or has become another token.
      guard symbols[left] != Self.absent, right < symbols.count,
        Self.key(symbols[left], symbols[right]) == candidate.pair
      else { continue }
      symbols[left] = candidate.merge.result
      symbols[right] = Self.absent
      next[left] = next[right]
      if next[left] < symbols.count { previous[next[left]] = left }
      propose(previous[left])
      propose(left)
    }
    return symbols.filter { $0 != Self.absent }
  }
}
