import AssayCore
import Foundation

/// Intervals for figures over organisms that are not independent of one another.
///
/// Organisms of one base and one attack resemble each other, so the resampling has two stages, apart
/// for flawed organisms and controls, so that both are always there: clusters with replacement, then
/// within each the organisms with replacement. The second stage keeps an interval honest where
/// there are few clusters; with one it is the ordinary bootstrap. The ends are percentiles.
///
/// Limits: with fewer than about ten clusters no bootstrap knows how much clusters differ, and the
/// intervals are too narrow for attacks that were not played.
///
/// Source: Davison and Hinkley, "Bootstrap Methods and their Application" (1997), section 3.8;
/// Field and Welsh, "Bootstrapping clustered data" (2007).
public struct ClusterBootstrap: Sendable {
  /// Where an element belongs: `stratum` is never mixed, `cluster` lies within it.
  public struct Place: Hashable, Sendable {
    /// The class that keeps its number of clusters, such as "control".
    public var stratum: String
    /// The cluster, such as "smallworld-4m/false-facts".
    public var cluster: String

    /// Makes a place.
    public init(stratum: String, cluster: String) {
      self.stratum = stratum
      self.cluster = cluster
    }
  }

  /// Indices into the elements, `[resample][element]`.
  public let resamples: [[Int]]

  /// Draws `count` resamples of elements that lie in `places`.
  public init(_ places: [Place], resamples count: Int = 2000, seed: UInt64 = 1) {
    let strata = Dictionary(grouping: places.indices) { places[$0].stratum }
      .sorted { $0.key < $1.key }
      .map { _, members in
        Dictionary(grouping: members) { places[$0].cluster }
          .sorted { $0.key < $1.key }.map(\.value)
      }
    var generator = SplitMix64(seed: seed).fork("cluster bootstrap")
    resamples = (0..<count).map { _ in
      strata.flatMap { clusters in
        clusters.indices.flatMap { _ -> [Int] in
          let cluster = clusters[generator.below(clusters.count)]
          return cluster.map { _ in cluster[generator.below(cluster.count)] }
        }
      }
    }
  }

  /// The percentile interval of a figure, computed from the indices of a resample.
  ///
  /// Resamples in which the figure is not finite are left out. `level` 0.95 means 2.5 % to 97.5 %.
  public func interval(
    estimate: Double, level: Double = 0.95, _ figure: ([Int]) -> Double
  ) -> Interval {
    let values = resamples.map(figure).filter(\.isFinite).sorted()
    guard !values.isEmpty else { return Interval(estimate: estimate, low: .nan, high: .nan) }
    return Interval(
      estimate: estimate, low: Self.quantile(values, (1 - level) / 2),
      high: Self.quantile(values, (1 + level) / 2))
  }

  /// The quantile of sorted values, interpolated linearly between them, as NumPy does.
  static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let position = share * Double(sorted.count - 1)
    let below = Int(position.rounded(.down))
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
  }
}
