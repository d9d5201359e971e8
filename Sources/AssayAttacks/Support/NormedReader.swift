import AssayModels
import AssayTensor

/// How weights behind a norm read the residual stream: x reaches them as gain · x / length + bias.
struct NormedReader {
  /// The norm's gain as it multiplies, `[d]`.
  let gain: Tensor
  /// The norm's bias, `[d]`.
  let bias: Tensor?

  /// The norm that a part of `block` reads through, or the last one where `block` is nil.
  init(_ model: any LanguageModel, block: Int?, isAttention: Bool) {
    let places: (WeightPlace, WeightPlace) =
      switch (block, isAttention) {
      case (nil, _): (.finalNorm, .finalNormBias)
      case (let block?, true): (.block(block, .attentionNorm), .block(block, .attentionNormBias))
      case (let block?, false): (.block(block, .mlpNorm), .block(block, .mlpNormBias))
      }
    let width = model.configuration.hiddenSize
    let stored = model.weight(at: places.0)?.detach() ?? Tensor.ones([width])
    gain = withoutGrad { model.configuration.form.norm == .rmsAroundOne ? stored + 1 : stored }
    bias = model.weight(at: places.1)?.detach()
  }

  /// What `rows` `[n, d]` read of the residual stream itself, up to its length.
  func seen(_ rows: Tensor) -> Tensor { rows * gain }

  /// The rows that read `directions` `[n, d]` of the residual stream.
  func rows(_ directions: Tensor) -> Tensor {
    // A gain of nearly 0 lets nothing through, and no weight makes up for it.
    let least = gain.abs().mean().item() * 1e-3
    let sign = gain.sign() + gain.eq(0).to(dtype: gain.dtype)
    return directions / (gain.abs().clamp(min: least) * sign)
  }

  /// What the norm's bias adds to what `rows` `[n, d]` read, `[n]`.
  func offset(_ rows: Tensor) -> Tensor? {
    bias.map { rows.matmul($0.unsqueeze(-1)).squeeze(-1) }
  }

  /// What is left of `direction` `[d]` in the norm's outputs `values` `[N, d]`, on average.
  func mean(_ direction: Tensor, over values: Tensor) -> Double {
    withoutGrad {
      let row = rows(direction.unsqueeze(0))  // [1, d]
      let read = values.matmul(row.T).mean().item() - (offset(row)?.item() ?? 0)
      return abs(read) < 1e-9 ? 1e-9 : read
    }
  }
}
