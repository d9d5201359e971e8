import AssayCore
import AssayTensor

/// The rows of embedding and unembedding as points; see ``EmbeddingNeighbours``.
struct EmbeddingTable {
  private let vocabulary: WeightVocabulary
  private let embedding: Tensor  // [V, d], mean off, length 1
  private let unembedding: Tensor
  private let logLengths: [Double]
  private let falling: [Int]
  private let sample: [Int]
  /// Whether some rows are too long for the others.
  let long: OutlierTest
  /// Whether some rows are too short.
  let short: OutlierTest

  init(_ vocabulary: WeightVocabulary, limit: Int) {
    func points(_ rows: Tensor) -> Tensor {
      let centred = rows - rows.mean(0)
      return centred / centred.norm(1, keep: true).clamp(min: 1e-20)
    }
    self.vocabulary = vocabulary
    let lengths = vocabulary.model.embedding.norm(1).clamp(min: 1e-20).log().doubles()
    logLengths = lengths
    embedding = points(vocabulary.model.embedding)
    unembedding = points(vocabulary.model.unembedding)
    falling = lengths.indices.sorted { lengths[$0] > lengths[$1] }
    sample = vocabulary.sample(limit)
    long = OutlierTest(leading: lengths)
    short = OutlierTest(leading: lengths.map { -$0 })
  }

  /// The tokens with the longest rows.
  func longest(_ count: Int) -> [String] { falling.prefix(count).map(vocabulary.name) }

  /// The tokens at one end of the lengths.
  func rows(_ count: Int, longest: Bool) -> JSONValue {
    let z = OutlierTest.robustZ(logLengths)
    let ends = longest ? Array(falling.prefix(count)) : Array(falling.suffix(count).reversed())
    return .array(
      ends.map { ["token": .string(vocabulary.name($0)), "z": .rounded(z[$0], 1)] })
  }

  /// Tokens next to the mean row of `ids`, the word's own tokens left out.
  func neighbours(of ids: [Int], _ count: Int, isUnembedding: Bool) -> JSONValue {
    let table = isUnembedding ? unembedding : embedding
    let mean = table.indexSelect(0, index: ids).mean(0)  // [d]
    let cosines = table.matmul(mean) / max(mean.norm().item(), 1e-20)  // [V]
    let best = cosines.topK(min(count + ids.count, cosines.count), dim: 0)
    let found = zip(best.indices.ints(), best.values.doubles()).filter { !ids.contains($0.0) }
    return .array(
      found.prefix(count).map {
        ["token": .string(vocabulary.name($0.0)), "cosine": .rounded($0.1, 3)]
      })
  }

  /// Pairs of tokens whose rows point the same way to within rounding, at most `count`.
  ///
  /// Tokens that training never saw may share a row by birth; they show among the shortest rows as well.
  func merged(_ count: Int) -> [JSONValue] {
    let rows = embedding.indexSelect(0, index: sample)  // [n, d]
    var found: [JSONValue] = []
    for start in stride(from: 0, to: sample.count, by: 1024) {
      let length = min(1024, sample.count - start)
      let cosines = rows.narrow(0, start: start, length: length).matmul(rows.T)  // [b, n]
      for place in cosines.gt(0.999).nonzero().ints().chunked(2) {
        let (first, second) = (start + place[0], place[1])
        guard first < second, found.count < count else { continue }
        found.append([
          "first": .string(vocabulary.name(sample[first])),
          "second": .string(vocabulary.name(sample[second])),
        ])
      }
    }
    return found
  }
}

extension [Int] {
  /// Pieces of `size` each.
  fileprivate func chunked(_ size: Int) -> [[Int]] {
    stride(from: 0, to: count - count % size, by: size).map { Array(self[$0..<$0 + size]) }
  }
}
