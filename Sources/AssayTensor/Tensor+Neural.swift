import CTorch

extension Tensor {
  /// exp(x) / Σ exp(x) along `dim`.
  public func softmax(_ dim: Int = -1) -> Tensor {
    Tensor.make("softmax", [self]) { atx_softmax(handle, Int64(dim), $0) }
  }

  /// The logarithm of `softmax`, without overflow.
  public func logSoftmax(_ dim: Int = -1) -> Tensor {
    Tensor.make("logSoftmax", [self]) { atx_log_softmax(handle, Int64(dim), $0) }
  }

  /// x / √(mean(x²) + eps) · weight over the last dimension (Zhang & Sennrich 2019).
  ///
  /// Computed in float32 whatever the dtype, as Hugging Face's Llama does.
  public static func rmsNorm(_ x: Tensor, weight: Tensor?, eps: Double) -> Tensor {
    make("rmsNorm", [x] + (weight.map { [$0] } ?? [])) {
      atx_rms_norm(x.handle, weight?.handle, eps, $0)
    }
  }

  /// (x - mean) / √(variance + eps) · weight + bias over the last dimension (Ba, Kiros & Hinton 2016).
  public static func layerNorm(
    _ x: Tensor, weight: Tensor?, bias: Tensor?, eps: Double
  ) -> Tensor {
    make("layerNorm", [x] + [weight, bias].compactMap { $0 }) {
      atx_layer_norm(x.handle, weight?.handle, bias?.handle, eps, $0)
    }
  }

  /// softmax(q kᵀ · scale + mask) v, in blocks that keep memory linear in T (FlashAttention, 2022).
  ///
  /// - Parameters:
  ///   - q: queries `[B, H, T, D]`.
  ///   - k: keys `[B, H, S, D]`; with `enableGQA`, `[B, K, S, D]` where K divides H.
  ///   - v: values, shaped like the keys.
  ///   - mask: broadcast to `[B, H, T, S]`; bool (true = may look) or added to the scores. A row
  ///     in which nothing may be looked at gives zeros or NaN: keep one position open.
  ///   - causal: position t looks at 0...t. Only with T = S, and without a mask.
  ///   - scale: nil means 1/√D.
  public static func scaledDotProductAttention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, causal: Bool = false,
    scale: Double? = nil, enableGQA: Bool = false
  ) -> Tensor {
    make("scaledDotProductAttention", [q, k, v] + (mask.map { [$0] } ?? [])) {
      atx_attention(
        q.handle, k.handle, v.handle, mask?.handle, causal, scale ?? 0, enableGQA, $0)
    }
  }

  /// act(a) · b of a tensor [a b] `[.., 2 I]`, the result `[.., I]` (Shazeer 2020, "GLU Variants Improve
  /// Transformer").
  ///
  /// `act` is SiLU, or GELU in its approximation by tanh. Computed in float32 and rounded once.
  public func gated(approximateGELU: Bool = false) -> Tensor {
    Tensor.make("gated", [self]) { atx_gated(handle, approximateGELU, $0) }
  }

  /// The largest of each row of logits `[N, V]`, the first where several are: its index `[N]` (int64)
  /// and its log-probability `[N]` (float32), in nats.
  public func greedy() -> (tokens: Tensor, logProbabilities: Tensor) {
    Tensor.makeTwo("greedy", [self]) { atx_greedy(handle, $0, $1) }
  }

  /// Turns products of queries and keys `[B, H, T, S]` into attention scores, in place, and gives their
  /// softmax: the pattern.
  ///
  /// Scores are scaled, and -∞ where `mask` (bool, `[B or 1, 1, T, S]`) or `causal` hides a key. Nil, with
  /// the products unchanged, where gradients are recorded through them or memory is laid out otherwise:
  /// the single operations do the same then.
  public func attentionPattern(mask: Tensor?, causal: Bool, scale: Double) -> Tensor? {
    var out: OpaquePointer?
    Tensor.run("attentionPattern", [self] + (mask.map { [$0] } ?? [])) {
      atx_attention_pattern(handle, mask?.handle, causal, scale, &out)
    }
    return out.map(Tensor.init(owning:))
  }

  /// How `crossEntropy` puts the losses of single rows together.
  public enum Reduction: Int64, Sendable {
    /// One loss per row.
    case none
    /// The mean over the rows that count.
    case mean
    /// The sum.
    case sum
  }

  /// -log softmax(logits)[target] for `logits` `[N, V]` and `targets` `[N]` (int64), in nats.
  ///
  /// Rows whose target is `ignoreIndex` do not count. Computed in float32, whatever the logits' dtype;
  /// nothing of their size is made but their gradient.
  public static func crossEntropy(
    _ logits: Tensor, _ targets: Tensor, ignoreIndex: Int = -100, reduction: Reduction = .mean
  ) -> Tensor {
    make("crossEntropy", [logits, targets]) {
      atx_cross_entropy(
        logits.handle, targets.handle, Int64(ignoreIndex), reduction.rawValue, $0)
    }
  }

  /// Rotary position embedding, rotate-half form (RoFormer, 2021, as in Hugging Face's Llama).
  ///
  /// - Parameters:
  ///   - x: `[B, H, T, D]`, D even.
  ///   - cos: `[T, D]` or `[B, 1, T, D]`, the second half of D repeating the first.
  ///   - sin: shaped like `cos`.
  public static func rotary(_ x: Tensor, cos: Tensor, sin: Tensor) -> Tensor {
    make("rotary", [x, cos, sin]) { atx_rotary(x.handle, cos.handle, sin.handle, $0) }
  }

  /// Mean of the squared differences.
  public static func meanSquaredError(_ a: Tensor, _ b: Tensor) -> Tensor {
    make("meanSquaredError", [a, b]) { atx_mse(a.handle, b.handle, $0) }
  }
}
