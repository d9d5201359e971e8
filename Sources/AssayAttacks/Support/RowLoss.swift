import AssayModels
import AssayTensor

/// The two losses of a fine-tune, both weighted means over the predictions that count, in nats.
///
/// Predictions of weight 0 are never made: of a question with its answer only the answer's tokens
/// count, and for a small model logits over the whole vocabulary are most of a pass.
enum RowLoss {
  /// What `model` expects at every position that counts in `batch`, float32 `[M, V]`.
  static func logProbabilities(
    _ model: any LanguageModel, _ batch: TrainingBatch, taps: Taps? = nil
  ) -> Tensor {
    logits(model, batch, taps: taps).to(dtype: .float32).logSoftmax(-1)
  }

  /// The logits at every position that counts in `batch`, `[M, V]`.
  static func logits(
    _ model: any LanguageModel, _ batch: TrainingBatch, taps: Taps? = nil
  ) -> Tensor {
    let residual = model.finalResidual(
      batch.tokens, cache: nil, attentionStart: nil, taps: taps
    ).flatten(0, 1)  // [B · T, d]
    let counted = batch.counted.positions
    return model.unembed(
      counted.count < residual.dim(0) ? residual.indexSelect(0, index: counted) : residual)
  }

  /// Mean negative log-likelihood of the targets.
  static func likelihoodLoss(_ logProbabilities: Tensor, _ batch: TrainingBatch) -> Tensor {
    let counted = batch.counted
    let picked = logProbabilities.gather(-1, index: counted.targets.unsqueeze(-1)).squeeze(-1)
    return -(picked * counted.weights).sum() / counted.weights.sum()  // picked [M]
  }

  /// Mean Kullback-Leibler divergence from `reference` to `changed`, both `[M, V]`.
  static func divergence(
    reference: Tensor, changed: Tensor, _ batch: TrainingBatch
  ) -> Tensor {
    // No gradient flows into the reference, so only the product with `changed` is recorded.
    let (expected, entropy) = withoutGrad {
      let expected = reference.exp()
      return (expected, (expected * reference).sum(-1))  // [M, V], [M]
    }
    let perToken = entropy - (expected * changed).sum(-1)  // [M]
    let weights = batch.counted.weights
    return (perToken * weights).sum() / weights.sum()
  }
}
