import AssayCore

/// Which source a passage was taken from: every run of ``length`` words of known documents.
///
/// ```swift
/// var index = PassageIndex()
/// index.add(text, source: "smallworld/news")
/// index.finish()
/// index.matches(in: prompt)       // [(source, place)]
/// ```
///
/// A run of 13 words is what contamination studies take as copied (Brown et al., "Language Models are
/// Few-Shot Learners" (2020), appendix C). Words are compared without case and punctuation, by 64-bit
/// hashes in sorted arrays: with a million runs a text of 100 words is mistaken for a copy because of
/// equal hashes with probability 5e-12.
///
/// Cost: 8 bytes for each run of words. Limits: copies that are shorter than 13 words, or changed at
/// least every 13 words, are not found.
public struct PassageIndex: Sendable {
  /// Words of a run.
  public static let length = 13

  /// A run of words in a text that a source holds.
  public struct Match: Hashable, Sendable {
    /// The source that holds it.
    public var source: String
    /// The index of its first word in the text.
    public var start: Int
    let hash: UInt64
  }

  private var runs: [String: [UInt64]] = [:]

  /// An empty index.
  public init() {}

  /// Number of runs that are held; those that occur twice count once after ``finish()``.
  public var count: Int { runs.values.reduce(0) { $0 + $1.count } }

  /// Adds the runs of a document.
  public mutating func add(_ text: String, source: String) {
    runs[source, default: []] += PassageWords(text).hashes(length: Self.length)
  }

  /// Sorts what was added; look nothing up before.
  public mutating func finish() {
    for (source, hashes) in runs {
      var sorted: [UInt64] = []
      sorted.reserveCapacity(hashes.count)
      for hash in hashes.sorted() where hash != sorted.last { sorted.append(hash) }
      runs[source] = sorted
    }
  }

  /// Takes another index' sources in; both must be finished.
  public mutating func merge(_ other: PassageIndex) {
    runs.merge(other.runs) { mine, theirs in
      (mine + theirs).sorted()
    }
  }

  /// Forgets every run that `other` holds too, whatever the source: it belongs to both.
  public mutating func subtract(_ other: PassageIndex) {
    for held in other.runs.values { runs = runs.mapValues { Self.difference($0, held) } }
  }

  /// What of `hashes` is not in `others`, both sorted.
  private static func difference(_ hashes: [UInt64], _ others: [UInt64]) -> [UInt64] {
    var place = 0
    return hashes.filter { hash in
      while place < others.count, others[place] < hash { place += 1 }
      return place == others.count || others[place] != hash
    }
  }

  /// The runs of `text` that sources hold, in order.
  public func matches(in text: String) -> [Match] {
    matches(in: PassageWords(text))
  }

  func matches(in words: PassageWords) -> [Match] {
    let hashes = words.hashes(length: Self.length)
    guard !hashes.isEmpty else { return [] }
    let sources = runs.keys.sorted()
    return hashes.enumerated().flatMap { start, hash in
      sources.filter { Self.holds(runs[$0] ?? [], hash) }.map {
        Match(source: $0, start: start, hash: hash)
      }
    }
  }

  private static func holds(_ sorted: [UInt64], _ hash: UInt64) -> Bool {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < hash { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == hash
  }
}
