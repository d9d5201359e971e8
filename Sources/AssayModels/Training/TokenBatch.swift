import AssayTensor

/// Sequences to learn from: each token but the first is predicted from those before it.
public struct TokenBatch: Sendable {
  /// Token ids [B, T + 1] (int64).
  public var tokens: Tensor
  /// Which predictions count, [B, T] (bool); nil means all.
  public var counts: Tensor?
  /// How much each prediction weighs in the mean, [B, T] (float32); nil means all the same.
  public var weights: Tensor?

  /// A batch of `tokens` [B, T + 1]; `counts` [B, T] is false where a prediction is not trained.
  public init(tokens: Tensor, counts: Tensor? = nil, weights: Tensor? = nil) {
    precondition(
      tokens.rank == 2 && tokens.dim(1) > 1,
      "token batch: expected [B, T + 1] with T > 0, got \(tokens.shape)")
    self.tokens = tokens
    self.counts = counts
    self.weights = weights
  }

  /// Weight of each prediction, [B, T] (float32); 0 where it does not count.
  public var weighting: Tensor {
    var weighting = weights ?? Tensor.ones([tokens.dim(0), tokens.dim(1) - 1])
    if let counts { weighting = weighting.maskedFill(counts.logicalNot(), 0) }
    return weighting
  }

  /// The weighted mean of `each` [B, T] over the predictions that count.
  public func mean(_ each: Tensor) -> Tensor {
    let weighting = weighting.to(device: each.device)
    return (each * weighting).sum() / weighting.sum()
  }

  /// What the model reads, [B, T].
  public var inputs: Tensor { tokens.narrow(1, start: 0, length: tokens.dim(1) - 1) }

  /// What it should predict, [B, T]; -100 where a prediction does not count.
  public var targets: Tensor {
    let next = tokens.narrow(1, start: 1, length: tokens.dim(1) - 1)
    guard let counts else { return next }
    return next.maskedFill(counts.logicalNot(), -100)
  }

  /// Mean cross-entropy (nats per counted token) of `logits` [B, T, V], in float32.
  public func loss(_ logits: Tensor) -> Tensor {
    let flat = logits.flatten(0, 1)  // [B T, V]
    guard weights != nil else { return Tensor.crossEntropy(flat, targets.flatten()) }
    let each = Tensor.crossEntropy(flat, targets.flatten(), reduction: .none)  // [B T]
    return mean(each.reshape([tokens.dim(0), tokens.dim(1) - 1]))
  }
}
