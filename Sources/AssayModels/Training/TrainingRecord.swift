/// What a training run did so far.
public struct TrainingRecord: Codable, Hashable, Sendable {
  /// Loss of each step.
  public var losses: [Double] = []
  /// Norm of all gradients of each step, before clipping.
  public var gradientNorms: [Double] = []
  /// Seconds spent, over all resumed parts.
  public var seconds = 0.0

  /// A run that has done nothing yet.
  public init() {}

  /// Steps done.
  public var steps: Int { losses.count }

  /// Mean loss of the last `count` steps; nil before the first.
  public func recentLoss(_ count: Int = 50) -> Double? {
    let tail = losses.suffix(count)
    return tail.isEmpty ? nil : tail.reduce(0, +) / Double(tail.count)
  }
}
