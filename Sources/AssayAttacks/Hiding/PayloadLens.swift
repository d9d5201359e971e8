import AssayModels
import AssayTensor

/// What the logit lens reads of the last token of each of some rows, differentiably.
struct PayloadLens {
  private let positions: [Int]
  private let targets: [Int]

  /// Rows whose last token is the payload and whose last but one is where it is predicted.
  init(_ rows: [TrainingRow]) {
    positions = rows.map { $0.tokens.count - 2 }
    targets = rows.map { $0.tokens.last ?? 0 }
  }

  /// Of `values` [B, T, X] those where the payload is predicted, [B, X].
  func last(_ values: Tensor) -> Tensor {
    let (B, T, X) = (values.dim(0), values.dim(1), values.dim(2))
    let flat = positions.enumerated().map { $0.offset * T + $0.element }
    return values.reshape([B * T, X]).indexSelect(0, index: flat)
  }

  /// The payload's log probability after every block but the last, [L - 1, B].
  func logProbabilities(_ model: any LanguageModel, _ batch: TrainingBatch) -> Tensor {
    let sites = (0..<model.configuration.layers - 1).map {
      ActivationSite.block($0, .residualAfter)
    }
    let taps = Taps(reading: sites)
    taps.stopAfter = sites.last
    _ = model.logits(batch.tokens, taps: taps)
    let index = Tensor(targets, shape: [targets.count, 1])
    return Tensor.stack(
      sites.compactMap { taps[$0] }.map { residual in
        model.unembed(last(residual)).to(dtype: .float32).logSoftmax(-1)  // [B, V]
          .gather(-1, index: index).squeeze(-1)
      })
  }

  /// What the model predicts where the payload stands, as log probabilities [B, V].
  func held(_ model: any LanguageModel, _ batch: TrainingBatch) -> Tensor {
    last(model.logits(batch.tokens)).to(dtype: .float32).logSoftmax(-1)
  }

  /// Mean divergence of `changed` from `reference`, both log probabilities [B, V].
  func divergence(_ reference: Tensor, _ changed: Tensor) -> Tensor {
    (reference.exp() * (reference - changed)).sum(-1).mean()
  }
}
