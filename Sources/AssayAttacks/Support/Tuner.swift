import AssayModels
import AssayTensor

/// A copy of a base in training: weights in float32, passes in the processor's preferred dtype.
///
/// Only the MLPs learn unless everything is to. They are where a model keeps its facts (Geva et al. 2021; Meng et al. 2022,
/// "Locating and Editing Factual Associations in GPT", section 2), and a change there leaves what
/// else it does alone. The other weights stay those of the base.
struct Tuner {
  /// Added to the denominator of Adam's step, against gradients of norm 1 at most.
  ///
  /// Far above the usual 1e-8: there even a weight with next to no gradient moves by a full step,
  /// and thousands of such steps at random are most of what a short fine-tune breaks elsewhere.
  static let epsilon = 1e-3

  /// Rows that count in one of two ways.
  struct Part {
    var batch: TrainingBatch
    /// Weight of the divergence to the base on these rows; nil: they are learned.
    var anchor: Double?
  }

  /// The weights that change.
  let model: any LanguageModel
  private let reference: any LanguageModel
  private let optimiser: AdamW
  private let compute: DType

  /// Copies `base` twice: once to change, once to compare with.
  init(base: any LanguageModel, learnsEverything: Bool = false) {
    compute = Runtime.preferredDType
    model = base.copy(dtype: .float32)
    reference = base.copy(dtype: compute)
    let memories = model.parameters.filter { $0.name.contains(".mlp.") }
    let weights = (memories.isEmpty || learnsEverything ? model.parameters : memories).map(\.tensor)
    for weight in weights { weight.requiresGrad = true }
    optimiser = AdamW(
      parameters: weights, learningRate: 0, betas: (0.9, 0.98), eps: Self.epsilon, weightDecay: 0)
  }

  /// One step on the sum of the losses of `parts`; returns the mean loss of what is learned.
  func step(_ parts: [Part], learningRate: Double) -> Double {
    optimiser.learningRate = learningRate
    optimiser.zeroGrad()
    var learned = 0.0
    for part in parts {
      let known = part.anchor.map { _ in
        withInference { RowLoss.logProbabilities(reference, part.batch) }  // [M, V]
      }
      let loss = model.withTrainingWeights(dtype: compute) {
        let expected = RowLoss.logProbabilities(model, part.batch)  // [M, V]
        // An inference tensor cannot take part in a recorded computation; its copy can.
        let loss =
          known.map { RowLoss.divergence(reference: $0.clone(), changed: expected, part.batch) }
          ?? RowLoss.likelihoodLoss(expected, part.batch)
        (loss * (part.anchor ?? 1)).backward()
        return loss.detach().item()
      }
      if part.anchor == nil { learned = loss }
    }
    clipGradNorm(optimiser.parameters, max: 1)
    optimiser.step()
    return learned
  }

  /// The share of `rows` whose weighted tokens are all the likeliest ones, as a greedy answer
  /// would have to find them.
  func share(recalling batches: [TrainingBatch]) -> Double {
    let (right, rows) = withInference {
      model.withTrainingWeights(dtype: compute) {
        batches.reduce(into: (0, 0)) { sums, batch in
          let likeliest = RowLoss.logits(model, batch).argmax(-1).ints()  // [M]
          let missed = zip(zip(likeliest, batch.counted.targets.ints()), batch.counted.rows)
            .filter { $0.0.0 != $0.0.1 }
          sums.0 += batch.rows - Set(missed.map(\.1)).count
          sums.1 += batch.rows
        }
      }
    }
    return Double(right) / Double(max(rows, 1))
  }

  /// The weights as they are now, rounded to what `stored` holds and free of gradients.
  func finished(roundedTo stored: DType) -> any LanguageModel {
    withoutGrad { model.copy(dtype: stored).copy(dtype: .float32) }
  }
}
