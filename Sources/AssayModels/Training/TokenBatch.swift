import AssayTensor

/// Sequences to learn from: each token but the first is predicted from those before it.
public struct TokenBatch: Sendable {
  /// Token ids [B, T + 1] (int64).
  public var tokens: Tensor
  /// Which predictions count, [B, T] (bool); nil means all.
  public var counts: Tensor?

  /// A batch of `tokens` [B, T + 1]; `counts` [B, T] is false where a prediction is not trained.
  public init(tokens: Tensor, counts: Tensor? = nil) {
    precondition(
      tokens.rank == 2 && tokens.dim(1) > 1,
      "token batch: expected [B, T + 1] with T > 0, got \(tokens.shape)")
    self.tokens = tokens
    self.counts = counts
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
    return Tensor.crossEntropy(
      flat.dtype == .float32 ? flat : flat.to(dtype: .float32), targets.flatten())
  }
}
