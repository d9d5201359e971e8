import AssayCore
import AssayTensor
import Foundation

/// Points cut in two by k-means, and how well the cut holds.
struct TwoMeans {
  /// 0 or 1 for each point.
  private(set) var side: [Int]
  /// For each point the silhouette: 1 well inside its cluster, 0 between, below 0 nearer the other's.
  private(set) var margins: [Double]

  /// The mean silhouette; 0 where one side is empty.
  var silhouette: Double { margins.reduce(0, +) / Double(max(margins.count, 1)) }

  /// The cluster with fewer points.
  var smaller: Int { 2 * side.count { $0 == 1 } <= side.count ? 1 : 0 }

  /// The best of `starts` runs of Lloyd's algorithm from pairs of points.
  init(_ points: [[Double]], random: inout SplitMix64, starts: Int = 8) {
    side = points.map { _ in 0 }
    margins = points.map { _ in 0 }
    var least = Double.infinity
    for _ in 0..<starts {
      var centres = random.shuffled(points.indices).prefix(2).map { points[$0] }
      guard centres.count == 2 else { return }
      var assigned = [Int](repeating: -1, count: points.count)
      for _ in 0..<50 {
        let next = points.map {
          Self.distance($0, centres[0]) <= Self.distance($0, centres[1]) ? 0 : 1
        }
        if next == assigned { break }
        assigned = next
        for centre in 0..<2 {
          let members = points.indices.filter { assigned[$0] == centre }
          guard !members.isEmpty else { continue }
          centres[centre] = points[0].indices.map { column in
            members.reduce(0) { $0 + points[$1][column] } / Double(members.count)
          }
        }
      }
      let spread = points.indices.reduce(0.0) {
        $0 + Self.distance(points[$1], centres[assigned[$1]])
      }
      if spread < least { (least, side) = (spread, assigned) }
    }
    margins = Self.margins(points, side)
  }

  /// The first principal components of rows [N, d], by row.
  static func components(_ values: Tensor, count: Int) -> [[Double]] {
    withInference {
      let rows = values.to(dtype: .float64)
      let (u, s, _) = (rows - rows.mean(0)).svd()
      let kept = min(count, s.count)
      let scores = u.narrow(1, start: 0, length: kept) * s.narrow(0, start: 0, length: kept)
      let flat = scores.contiguous().doubles()
      return (0..<rows.dim(0)).map { Array(flat[($0 * kept)..<(($0 + 1) * kept)]) }
    }
  }

  /// The standard deviation of each column.
  static func spreads(_ points: [[Double]]) -> [Double] {
    let count = Double(max(points.count, 1))
    return (points.first ?? []).indices.map { column in
      let mean = points.reduce(0) { $0 + $1[column] } / count
      let squares = points.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) }
      return (squares / count).squareRoot()
    }
  }

  private static func margins(_ points: [[Double]], _ side: [Int]) -> [Double] {
    points.indices.map { own in
      var sums = [0.0, 0.0]
      var counts = [0, 0]
      for other in points.indices where other != own {
        sums[side[other]] += distance(points[own], points[other]).squareRoot()
        counts[side[other]] += 1
      }
      let (a, b) = (side[own], 1 - side[own])
      guard counts[a] > 0, counts[b] > 0 else { return 0 }
      let (near, far) = (sums[a] / Double(counts[a]), sums[b] / Double(counts[b]))
      return max(near, far) > 0 ? (far - near) / max(near, far) : 0
    }
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}

extension SplitMix64 {
  /// A normal number of mean 0 and deviation 1 (Box and Muller 1958).
  mutating func normal() -> Double {
    (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
  }
}
