import AssayCore

/// How far two judges agree about the same reports.
///
/// Marks are those of facets; matches are drawn anew as a whole in the bootstrap, since the marks of one
/// report hang together.
public struct Agreement: Codable, Hashable, Sendable {
  /// The two marks that one facet of one report was given, each 0...1.
  public struct Pair: Codable, Hashable, Sendable {
    /// The match.
    public var match: String
    /// The first judge's mark.
    public var first: Double
    /// The second judge's mark.
    public var second: Double

    /// Makes a pair.
    public init(match: String, first: Double, second: Double) {
      self.match = match
      self.first = first
      self.second = second
    }
  }

  /// Matches that both judged.
  public var matches: Int
  /// Pairs of marks.
  public var marks: Int
  /// Weighted kappa over marks rounded to quarters; nil where one judge's marks are all alike.
  public var kappa: Interval?
  /// Spearman's rank correlation; nil where one judge's marks are all alike.
  public var spearman: Interval?

  /// Resamplings for the intervals.
  static let resamplings = 2000

  /// Compares `pairs`; intervals are the middle 95 % of resampled matches.
  ///
  /// Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3 (percentile
  /// intervals), with whole matches drawn, as clusters are (Davison and Hinkley 1997, section 3.8).
  public init(_ pairs: [Pair], seed: UInt64 = 1) {
    let byMatch = Dictionary(grouping: pairs, by: \.match)
    let groups = byMatch.keys.sorted().map { byMatch[$0] ?? [] }
    matches = groups.count
    marks = pairs.count
    let drawn = Self.drawings(of: groups, seed: seed)
    kappa = Self.interval(of: WeightedKappa.value, pairs, drawn)
    spearman = Self.interval(of: RankCorrelation.value, pairs, drawn)
  }

  private static func drawings(of groups: [[Pair]], seed: UInt64) -> [[Pair]] {
    guard groups.count > 1 else { return [] }
    var random = SplitMix64(seed: seed).fork("bootstrap")
    return (0..<resamplings).map { _ in
      groups.indices.flatMap { _ in groups[random.below(groups.count)] }
    }
  }

  private static func interval(
    of statistic: ([Double], [Double]) -> Double?, _ pairs: [Pair], _ drawn: [[Pair]]
  ) -> Interval? {
    func value(_ pairs: [Pair]) -> Double? { statistic(pairs.map(\.first), pairs.map(\.second)) }
    guard let estimate = value(pairs) else { return nil }
    let values = drawn.compactMap(value).sorted()
    // With fewer than two matches nothing is known of how the value would vary.
    guard !values.isEmpty else { return Interval(estimate: estimate, low: -1, high: 1) }
    func quantile(_ share: Double) -> Double {
      let place = share * Double(values.count - 1)
      let below = Int(place)
      let above = min(below + 1, values.count - 1)
      return values[below] + (place - Double(below)) * (values[above] - values[below])
    }
    return Interval(estimate: estimate, low: quantile(0.025), high: quantile(0.975))
  }
}
