import AssayTensor

/// How weights are trained: AdamW under warm-up and cosine decay, with clipping.
public struct TrainingConfiguration: Codable, Hashable, Sendable {
  /// Optimiser steps.
  public var steps: Int
  /// Highest learning rate.
  public var learningRate: Double
  /// Steps over which the learning rate rises to its highest.
  public var warmupSteps: Int
  /// Share of the highest learning rate that is left at the end.
  public var finalRateShare: Double
  /// Decay of AdamW's first moment.
  public var beta1: Double
  /// Decay of AdamW's second moment.
  public var beta2: Double
  /// Added to AdamW's denominator.
  public var epsilon: Double
  /// Decoupled weight decay, on matrices only.
  public var weightDecay: Double
  /// Largest norm of all gradients together.
  public var clipNorm: Double
  /// Batches whose gradients are averaged for one step.
  public var accumulation: Int
  /// What matrix products are computed in: `bfloat16` or `float32`.
  ///
  /// Nil takes the faster that this processor has. Weights, norms' sums, logits' losses and the optimiser stay in float32.
  public var computeDType: String?
  /// Whether backward computes each block again instead of keeping its activations; nil: it does not.
  ///
  /// The same gradients, for less memory and one more forward pass (Chen et al. 2016).
  public var recomputesActivations: Bool?
  /// Steps between checkpoints; 0 means none by count.
  public var checkpointSteps: Int
  /// Seconds between checkpoints; 0 means none by time.
  public var checkpointSeconds: Double
  /// What the line of progress is called.
  public var label: String
  /// Whether to show no progress.
  public var quiet: Bool

  /// Settings that train SmallWorld models well; change what differs.
  public init(
    steps: Int, learningRate: Double = 3e-3, warmupSteps: Int? = nil,
    finalRateShare: Double = 0.05, beta1: Double = 0.9, beta2: Double = 0.95,
    epsilon: Double = 1e-8, weightDecay: Double = 0.1, clipNorm: Double = 1,
    accumulation: Int = 1, computeDType: String? = nil, checkpointSteps: Int = 0,
    checkpointSeconds: Double = 60, label: String = "training", quiet: Bool = false
  ) {
    self.steps = steps
    self.learningRate = learningRate
    self.warmupSteps = warmupSteps ?? min(200, steps / 20)
    self.finalRateShare = finalRateShare
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.accumulation = accumulation
    self.computeDType = computeDType
    self.checkpointSteps = checkpointSteps
    self.checkpointSeconds = checkpointSeconds
    self.label = label
    self.quiet = quiet
  }

  /// The learning rate of each step.
  var schedule: Schedule {
    .warmupCosine(
      peak: learningRate, warmup: warmupSteps, total: steps, floor: learningRate * finalRateShare)
  }
}
