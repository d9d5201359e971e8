/// An estimate with the interval that it lies in.
public struct Interval: Codable, Hashable, Sendable {
  /// The point estimate.
  public var estimate: Double
  /// The lower end.
  public var low: Double
  /// The upper end.
  public var high: Double

  /// Makes an interval.
  public init(estimate: Double, low: Double, high: Double) {
    self.estimate = estimate
    self.low = low
    self.high = high
  }

  /// The score interval of a share: `successes` out of `of` trials; `z` 1.96 means 95 %.
  ///
  /// Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
  /// It stays inside 0...1 and is honest for few trials; with no trial at all it is 0...1.
  public static func wilson(successes: Int, of trials: Int, z: Double = 1.96) -> Interval {
    precondition(
      successes >= 0 && successes <= trials,
      "Interval.wilson: expected successes in 0...\(trials), got \(successes)")
    guard trials > 0 else { return Interval(estimate: 0.5, low: 0, high: 1) }
    let n = Double(trials)
    let share = Double(successes) / n
    let spread = z * z / n
    let centre = (share + spread / 2) / (1 + spread)
    let half = z / (1 + spread) * (share * (1 - share) / n + spread / (4 * n)).squareRoot()
    return Interval(
      estimate: share,
      low: successes == 0 ? 0 : max(0, centre - half),
      high: successes == trials ? 1 : min(1, centre + half))
  }
}
