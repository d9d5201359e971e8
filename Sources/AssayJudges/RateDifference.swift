import AssayCore

/// How much more often something happens in one sample than in another.
enum RateDifference {
  /// The difference of two shares with its 95 % interval.
  ///
  /// Source: Newcombe, "Interval Estimation for the Difference between Independent Proportions"
  /// (1998), method 10, from two Wilson intervals. Both models answer the same questions, so the
  /// interval is a little wider than need be.
  static func interval(
    _ first: Int, of firstTrials: Int, minus second: Int, of secondTrials: Int
  ) -> Interval {
    guard firstTrials > 0, secondTrials > 0 else { return Interval(estimate: 0, low: -1, high: 1) }
    let a = Interval.wilson(successes: first, of: firstTrials)
    let b = Interval.wilson(successes: second, of: secondTrials)
    let difference = a.estimate - b.estimate
    let below = (square(a.estimate - a.low) + square(b.high - b.estimate)).squareRoot()
    let above = (square(a.high - a.estimate) + square(b.estimate - b.low)).squareRoot()
    return Interval(estimate: difference, low: difference - below, high: difference + above)
  }

  private static func square(_ value: Double) -> Double { value * value }
}
