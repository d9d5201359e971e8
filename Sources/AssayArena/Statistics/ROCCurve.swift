import AssayCore
import Foundation

/// How well a score separates positives from negatives, over all thresholds.
///
/// Source: Hanley and McNeil, "The Meaning and Use of the Area under a Receiver Operating
/// Characteristic (ROC) Curve" (1982): the area is the probability that a positive scores higher than
/// a negative, ties counting half.
public struct ROCCurve: Hashable, Sendable {
  /// A threshold and what calling everything at or above it positive leads to.
  public struct Point: Codable, Hashable, Sendable {
    /// The score from which on the answer is "positive"; infinity for the first point.
    public var threshold: Double
    /// The share of negatives at or above it.
    public var falsePositiveRate: Double
    /// The share of positives at or above it.
    public var truePositiveRate: Double
  }

  /// The points from (0, 0) to (1, 1), one for each distinct score.
  public let points: [Point]
  /// The area under the curve; nan where either class is empty.
  public let area: Double

  /// Makes the curve of the scores of both classes.
  public init(positives: [Double], negatives: [Double]) {
    let all = (positives.map { ($0, true) } + negatives.map { ($0, false) })
      .sorted { $0.0 > $1.0 }
    let (p, n) = (Double(positives.count), Double(negatives.count))
    var points = [Point(threshold: .infinity, falsePositiveRate: 0, truePositiveRate: 0)]
    var (hits, alarms) = (0.0, 0.0)
    var area = 0.0
    var index = 0
    while index < all.count {
      let threshold = all[index].0
      let (hitsBefore, alarmsBefore) = (hits, alarms)
      while index < all.count, all[index].0 == threshold {
        if all[index].1 { hits += 1 } else { alarms += 1 }
        index += 1
      }
      // Scores that are equal make a slope, under which half of its rectangle lies.
      area += (alarms - alarmsBefore) * (hits + hitsBefore) / 2
      points.append(
        Point(
          threshold: threshold, falsePositiveRate: n > 0 ? alarms / n : .nan,
          truePositiveRate: p > 0 ? hits / p : .nan))
    }
    self.points = points
    self.area = p > 0 && n > 0 ? area / (p * n) : .nan
  }

  /// The largest share of positives that a threshold reaches whose share of false positives is at
  /// most `rate`, and that threshold.
  ///
  /// No interpolation and no randomised threshold: with 20 negatives, a rate below 1/20 means none.
  public func detection(atFalsePositiveRate rate: Double) -> Point {
    // The first point has no false positives at all, so there is always one.
    points.last { $0.falsePositiveRate <= rate + 1e-12 } ?? points[0]
  }

  /// An interval for the area from its size and the number of cases alone; `z` 1.96 means 95 %.
  ///
  /// Unlike a bootstrap it has a width where the classes are perfectly apart.
  ///
  /// Source: Newcombe, "Confidence intervals for an effect size measure based on the Mann–Whitney
  /// statistic. Part 2" (2006), method 5: the areas whose own standard error, by Hanley and McNeil's
  /// exponential model with (m + n) / 2 - 1 for both numbers, reaches to the area found.
  public static func interval(
    area: Double, positives m: Int, negatives n: Int, z: Double = 1.96
  ) -> Interval {
    guard m > 0, n > 0, area.isFinite else { return Interval(estimate: area, low: 0, high: 1) }
    let middle = max(0, Double(m + n) / 2 - 1)
    func reach(_ theta: Double) -> Double {
      let variance =
        theta * (1 - theta)
        * (1 + middle * (1 - theta) / (2 - theta) + middle * theta / (1 + theta))
        / Double(m * n)
      return z * max(0, variance).squareRoot()
    }
    func bisect(from inside: Double, to outside: Double) -> Double {
      var (near, far) = (inside, outside)
      guard abs(far - area) > reach(far) else { return far }
      for _ in 0..<60 {
        let middle = (near + far) / 2
        if abs(middle - area) > reach(middle) { far = middle } else { near = middle }
      }
      return (near + far) / 2
    }
    // At the ends the standard error is 0; just inside of them it is not.
    let inside = min(max(area, 1e-9), 1 - 1e-9)
    return Interval(
      estimate: area, low: bisect(from: inside, to: 0), high: bisect(from: inside, to: 1))
  }
}
