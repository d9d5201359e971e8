import AssayCore

/// Learns merges from word counts, in the order and with the tie-breaks of `BpeTrainer` in the
/// `tokenizers` library: the most frequent pair first, of equals the one with the lower token numbers.
///
/// Counts are updated pair by pair in the words that a merge touches, so a merge costs what it
/// changes, not a pass over the corpus.
struct BytePairTrainer {
  /// Tokens by number: bytes they stand for.
  private(set) var tokens: [[UInt8]]
  private(set) var merges: [(left: Int, right: Int, result: Int)] = []

  private struct Pair: Hashable {
    var left: UInt32
    var right: UInt32
  }

  private struct Candidate {
    var pair: Pair
    var count: Int
    /// Numbers of the words in which to look for the pair.
    var words: [Int32]

    static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
      if a.count != b.count { return a.count > b.count }
      return (a.pair.left, a.pair.right) < (b.pair.left, b.pair.right)
    }
  }

  private var numbers: [ByteString: UInt32] = [:]

  /// A trainer whose vocabulary starts with the special tokens, then the 256 bytes.
  init(specialTokens: [String]) {
    tokens = specialTokens.map { Array($0.utf8) }
    for byte in ByteAlphabet.bytesInScalarOrder {
      numbers[ByteString([byte])] = UInt32(tokens.count)
      tokens.append([byte])
    }
  }

  /// Learns merges until the vocabulary has `size` tokens or no pair is left.
  mutating func learn(from counts: [ByteString: Int], size: Int, progress: Progress?) {
    // The order of a dictionary must not reach the result.
    let sorted = counts.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
    let weights = sorted.map(\.value)
    var words = sorted.map { word in
      word.key.bytes.map { numbers[ByteString([$0])] ?? 0 }
    }
    var pairCounts: [Pair: Int] = [:]
    var queue = Self.candidates(words: words, weights: weights, counts: &pairCounts)
    while tokens.count < size, var top = queue.pop() {
      let count = pairCounts[top.pair] ?? 0
      if count != top.count {
        // The count has changed since the candidate was queued.
        top.count = count
        queue.push(top)
        continue
      }
      guard count > 0 else { break }
      let result = number(ofMerging: top.pair, progress: progress)
      merges.append((Int(top.pair.left), Int(top.pair.right), Int(result)))
      var touched: [Pair: [Int32]] = [:]
      for word in top.words {
        let weight = weights[Int(word)]
        Self.merge(top.pair, into: result, in: &words[Int(word)]) { pair, change in
          pairCounts[pair, default: 0] += change * weight
          if change > 0, touched[pair]?.last != word { touched[pair, default: []].append(word) }
        }
      }
      for (pair, words) in touched {
        guard let count = pairCounts[pair], count > 0 else { continue }
        queue.push(Candidate(pair: pair, count: count, words: words))
      }
    }
  }

  private static func candidates(
    words: [[UInt32]], weights: [Int], counts: inout [Pair: Int]
  ) -> BinaryHeap<Candidate> {
    var places: [Pair: [Int32]] = [:]
    for (number, word) in words.enumerated() {
      for (left, right) in zip(word, word.dropFirst()) {
        let pair = Pair(left: left, right: right)
        counts[pair, default: 0] += weights[number]
        if places[pair]?.last != Int32(number) { places[pair, default: []].append(Int32(number)) }
      }
    }
    var queue = BinaryHeap(precedes: Candidate.precedes)
    for (pair, words) in places {
      queue.push(Candidate(pair: pair, count: counts[pair] ?? 0, words: words))
    }
    return queue
  }

  /// The token of the joined bytes: two different merges may reach the same one.
  private mutating func number(ofMerging pair: Pair, progress: Progress?) -> UInt32 {
    let bytes = tokens[Int(pair.left)] + tokens[Int(pair.right)]
    let key = ByteString(bytes)
    if let known = numbers[key] { return known }
    let number = UInt32(tokens.count)
    tokens.append(bytes)
    numbers[key] = number
    progress?.advance()
    return number
  }

  private static func merge(
    _ pair: Pair, into result: UInt32, in word: inout [UInt32], change: (Pair, Int) -> Void
  ) {
    var index = 0
    while index + 1 < word.count {
      if word[index] == pair.left, word[index + 1] == pair.right {
        if index > 0 {
          change(Pair(left: word[index - 1], right: pair.left), -1)
          change(Pair(left: word[index - 1], right: result), 1)
        }
        word[index] = result
        word.remove(at: index + 1)
        if index + 1 < word.count {
          change(Pair(left: pair.right, right: word[index + 1]), -1)
          change(Pair(left: result, right: word[index + 1]), 1)
        }
      }
      index += 1
    }
  }
}
