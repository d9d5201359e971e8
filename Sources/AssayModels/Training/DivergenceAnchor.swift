import AssayTensor

/// Holds a model in training to a reference: weight · KL(reference ‖ model) on anchor text.
///
/// The divergence is the mean over the predictions of the text that count, in nats. In a fine-tune
/// it keeps everything that the text stands for as it was (Jaques et al. 2017, "Sequence Tutor",
/// section 3, with the expectation under the reference).
///
/// Cost: a pass of the reference and a training pass of the model, over the text.
public struct DivergenceAnchor: Sendable {
  /// The text; batch n goes with batch n of what is learned.
  public var source: any TokenSource
  /// What the divergence is multiplied by.
  public var weight: Double

  /// An anchor on `source`.
  public init(source: any TokenSource, weight: Double) {
    self.source = source
    self.weight = weight
  }

  /// The term that is added to the loss for batch `step`, a scalar.
  public func loss(
    of model: any LanguageModel, heldTo reference: any LanguageModel, step: Int
  ) throws -> Tensor {
    let batch = try source.batch(step: step)
    let expected = withoutGrad { reference.logits(batch.inputs) }  // [B, T, V]
    return batch.mean(Self.divergence(model.logits(batch.inputs), from: expected)) * weight
  }

  /// KL(reference ‖ model) at each position [..], from logits [.., V]; in float32.
  static func divergence(_ logits: Tensor, from reference: Tensor) -> Tensor {
    // No gradient flows into the reference, so only the product with `changed` is recorded.
    let (expected, negativeEntropy) = withoutGrad {
      let expected = reference.to(dtype: .float32).logSoftmax(-1)  // [.., V]
      return (expected.exp(), (expected.exp() * expected).sum(-1))
    }
    let changed = logits.to(dtype: .float32).logSoftmax(-1)
    return negativeEntropy - (expected * changed).sum(-1)
  }
}
