import Foundation

/// How the learning rate changes from step to step.
public struct Schedule: Sendable {
  private let rule: @Sendable (Int) -> Double

  /// A schedule from any function of the step, counted from 0.
  public init(_ rule: @escaping @Sendable (Int) -> Double) { self.rule = rule }

  /// Learning rate for `step`, counted from 0.
  public func rate(step: Int) -> Double { rule(step) }

  /// Always `rate`.
  public static func constant(_ rate: Double) -> Schedule { Schedule { _ in rate } }

  /// Rises linearly to `peak` over `warmup` steps, then falls along half a cosine to `floor` at step
  /// `total` and stays there (Loshchilov & Hutter 2016, without restarts).
  public static func warmupCosine(
    peak: Double, warmup: Int, total: Int, floor: Double = 0
  ) -> Schedule {
    Schedule { step in
      if step < warmup { return peak * Double(step + 1) / Double(warmup) }
      let progress = share(step, warmup, total)
      return floor + (peak - floor) * 0.5 * (1 + cos(Double.pi * progress))
    }
  }

  /// Rises linearly to `peak` over `warmup` steps, then falls linearly to `floor` at step `total`.
  public static func linear(
    peak: Double, warmup: Int = 0, total: Int, floor: Double = 0
  ) -> Schedule {
    Schedule { step in
      if step < warmup { return peak * Double(step + 1) / Double(warmup) }
      return peak + (floor - peak) * share(step, warmup, total)
    }
  }

  private static func share(_ step: Int, _ warmup: Int, _ total: Int) -> Double {
    guard total > warmup else { return 1 }
    return min(1, max(0, Double(step - warmup) / Double(total - warmup)))
  }
}
