/// The learned merges, and the rule by which they join neighbouring symbols of a word.
///
/// Merge the pair of lowest rank, the leftmost of equals, until no neighbours can be merged (Sennrich
/// et al. 2016, section 3.2).
struct BytePairMerges: Sendable {
  /// Words longer than this many symbols are merged with a heap: n log n instead of n squared.
  static let longWord = 48
  private static let absent = UInt32.max
  private static let noMerge = UInt64.max

  /// The rank of each pair's merge (upper half) and the token that it makes (lower half).
  private let merges: PairTable

  /// - Parameters:
  ///   - merges: pairs in order of rank, with the token each makes. Of equal pairs, the last counts.
  init(_ merges: [(left: Int, right: Int, result: Int)]) {
    var table = PairTable(capacity: merges.count)
    for (rank, merge) in merges.enumerated() {
      table.insert(
        UInt64(rank) << 32 | UInt64(merge.result),
        for: PairTable.key(UInt32(merge.left), UInt32(merge.right)))
    }
    self.merges = table
  }

  var count: Int { merges.count }

  @inline(__always)
  private func merge(_ left: UInt32, _ right: UInt32) -> UInt64 {
    merges[PairTable.key(left, right)] ?? Self.noMerge
  }

  /// Merges the symbols from `start` on, in place; `longWord` decides between the two ways of merging,
  /// not the result.
  func merge(
    _ symbols: inout [UInt32], from start: Int = 0, longWord: Int = BytePairMerges.longWord
  ) {
    let count = symbols.count - start
    guard count > 1 else { return }
    if count > longWord {
      let merged = mergeWithHeap(Array(symbols[start...]))
      symbols.replaceSubrange(start..., with: merged)
    } else {
      mergeInPlace(&symbols, from: start)
    }
  }

  private func mergeInPlace(_ symbols: inout [UInt32], from start: Int) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: symbols.count - start) { ranks in
      // ranks[i]: the merge of symbols i and i + 1.
      var last = symbols.count - start - 1
      symbols.withUnsafeMutableBufferPointer { all in
        let word = UnsafeMutableBufferPointer(rebasing: all[start...])
        for index in 0..<last { ranks[index] = merge(word[index], word[index + 1]) }
        while last > 0 {
          var best = Self.noMerge
          var place = 0
          for index in 0..<last where ranks[index] >> 32 < best >> 32 {
            best = ranks[index]
            place = index
          }
          guard best != Self.noMerge else { break }
          word[place] = UInt32(truncatingIfNeeded: best)
          var index = place + 1
          while index < last {
            word[index] = word[index + 1]
            ranks[index - 1] = ranks[index]
            index += 1
          }
          last -= 1
          if place < last { ranks[place] = merge(word[place], word[place + 1]) }
          if place > 0 { ranks[place - 1] = merge(word[place - 1], word[place]) }
        }
      }
      symbols.removeLast(symbols.count - start - last - 1)
    }
  }

  /// The same on a doubly linked list, with a heap of candidates that may have gone stale.
  private func mergeWithHeap(_ word: [UInt32]) -> [UInt32] {
    var symbols = word
    var next = word.indices.map { $0 + 1 }
    var previous = word.indices.map { $0 - 1 }
    var candidates = BinaryHeap<(merge: UInt64, left: Int, pair: UInt64)> {
      ($0.merge >> 32, $0.left) < ($1.merge >> 32, $1.left)
    }
    func propose(_ left: Int) {
      guard left >= 0, next[left] < symbols.count else { return }
      let pair = PairTable.key(symbols[left], symbols[next[left]])
      if let merge = merges[pair] { candidates.push((merge, left, pair)) }
    }
    for left in word.indices { propose(left) }
    while let candidate = candidates.pop() {
      let left = candidate.left
      let right = next[left]
      // Stale: a part of the pair has been merged away, or has become another token.
      guard symbols[left] != Self.absent, right < symbols.count,
        PairTable.key(symbols[left], symbols[right]) == candidate.pair
      else { continue }
      symbols[left] = UInt32(truncatingIfNeeded: candidate.merge)
      symbols[right] = Self.absent
      next[left] = next[right]
      if next[left] < symbols.count { previous[next[left]] = left }
      propose(previous[left])
      propose(left)
    }
    return symbols.filter { $0 != Self.absent }
  }
}
