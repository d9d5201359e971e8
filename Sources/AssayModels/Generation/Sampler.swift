import AssayCore
import AssayTensor

/// Chooses each row's next token.
///
/// Every row draws from its own stream of random numbers, so that its text does not depend on what
/// else is in the batch.
struct Sampler {
  /// Below it the likeliest token is taken: divided by less, logits could leave single precision, and no
  /// other token has a chance anyway.
  private static let leastTemperature = 1e-6
  /// Below it the likeliest token alone is left, and much below single precision takes it for 0.
  private static let leastTopP = 1e-9

  private let options: GenerationOptions
  private var streams: [SplitMix64]

  init(_ options: GenerationOptions, rows: Int) {
    self.options = options
    let root = SplitMix64(seed: options.seed)
    streams = (0..<rows).map { root.fork("row \($0)") }
  }

  /// Whether the likeliest token is always taken.
  var isGreedy: Bool { options.temperature < Self.leastTemperature }

  /// Tokens [N] (int64) for logits [N, V] of the prompts at `rows`; those of -∞ are never taken.
  mutating func next(_ logits: Tensor, rows: [Int]) -> Tensor {
    guard !isGreedy else { return logits.argmax(-1) }
    var scores = logits.to(dtype: .float32) / options.temperature  // [N, V]
    let vocabulary = scores.dim(-1)
    if options.topK > 0, options.topK < vocabulary {
      let least = scores.topK(options.topK, dim: -1).values.narrow(
        -1, start: options.topK - 1, length: 1)
      scores = scores.maskedFill(scores.lt(least), -Double.infinity)
    }
    if options.topP < 1 {
      // Nucleus sampling (Holtzman et al. 2020): drop a token if those above it already reach p.
      let (sorted, order) = scores.sort(-1, descending: true)
      let p = sorted.softmax(-1)
      let above = p.cumsum(-1) - p  // [N, V]
      let kept = sorted.maskedFill(above.ge(max(options.topP, Self.leastTopP)), -Double.infinity)
      scores = Tensor.full(scores.shape, -Double.infinity).scatter(-1, index: order, source: kept)
    }
    let cumulative = scores.softmax(-1).cumsum(-1)  // [N, V]
    // Below one by more than a rounding, so that a forbidden last token cannot be drawn.
    let draws = rows.map { min(Float(streams[$0].unit()), 1 - 4 * Float.ulpOfOne) }
    let target =
      Tensor(draws, shape: [rows.count, 1])
      * cumulative.narrow(-1, start: vocabulary - 1, length: 1)  // [N, 1]
    return cumulative.le(target).to(dtype: .int64).sum(-1).clamp(max: Double(vocabulary - 1))
  }
}
