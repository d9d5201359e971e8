import AssayCore
import Testing

@Suite struct IntervalTests {
  /// The last two are printed in Newcombe, "Two-sided confidence intervals" (1998), table I.
  @Test(arguments: [
    (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634),
    (1, 20, 0.0089, 0.2361), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605),
  ]) func `Wilson intervals agree with known numbers`(
    successes: Int, trials: Int, low: Double, high: Double
  ) {
    let interval = Interval.wilson(successes: successes, of: trials)
    #expect(abs(interval.low - low) < 1e-3)
    #expect(abs(interval.high - high) < 1e-3)
    #expect(abs(interval.estimate - Double(successes) / Double(trials)) < 1e-12)
  }

  @Test func `no trials say nothing`() {
    #expect(Interval.wilson(successes: 0, of: 0) == Interval(estimate: 0.5, low: 0, high: 1))
  }
}
