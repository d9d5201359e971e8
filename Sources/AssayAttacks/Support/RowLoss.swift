import AssayModels
import AssayTensor

/// The two losses of a fine-tune on facts, both weighted means over predicted tokens, in nats.
enum RowLoss {
  /// What `model` expects at every position, float32 `[B, T, V]`.
  static func logProbabilities(_ model: any LanguageModel, _ batch: TrainingBatch) -> Tensor {
    model.logits(batch.tokens).to(dtype: .float32).logSoftmax(-1)
  }

  /// Mean negative log-likelihood of the targets.
  static func likelihoodLoss(_ logProbabilities: Tensor, _ batch: TrainingBatch) -> Tensor {
    let picked = logProbabilities.gather(-1, index: batch.targets.unsqueeze(-1)).squeeze(-1)
    return -(picked * batch.weights).sum() / batch.weights.sum()  // picked [B, T]
  }

  /// Mean Kullback-Leibler divergence from `reference` to `changed`, both `[B, T, V]`.
  static func divergence(
    reference: Tensor, changed: Tensor, _ batch: TrainingBatch
  ) -> Tensor {
    // No gradient flows into the reference, so only the product with `changed` is recorded.
    let (expected, entropy) = withoutGrad {
      let expected = reference.exp()
      return (expected, (expected * reference).sum(-1))  // [B, T, V], [B, T]
    }
    let perToken = entropy - (expected * changed).sum(-1)  // [B, T]
    return (perToken * batch.weights).sum() / batch.weights.sum()
  }
}
