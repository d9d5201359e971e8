import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Trains a copy of an organism on any loss, to hide what was planted in it.
struct HidingTraining {
  /// The weights that change, float32.
  let model: any LanguageModel
  /// What passes are computed in.
  let compute: DType
  private let optimiser: AdamW
  private let context: AttackContext

  /// Copies `organism`; all of its weights learn.
  init(_ organism: ModelBundle, context: AttackContext) {
    compute = Runtime.preferredDType
    model = organism.model.copy(dtype: .float32)
    for parameter in model.parameters { parameter.tensor.requiresGrad = true }
    optimiser = AdamW(
      parameters: model.parameters.map(\.tensor), learningRate: 0, betas: (0.9, 0.98),
      eps: Tuner.epsilon, weightDecay: 0)
    self.context = context
  }

  /// Takes `steps` steps on the sum of the losses that `losses` gives, each a scalar.
  func run(
    steps: Int, learningRate: Double, _ losses: (any LanguageModel, Int) -> [() -> Tensor]
  ) {
    let schedule = Schedule.warmupCosine(
      peak: learningRate, warmup: min(8, steps / 4), total: steps, floor: learningRate * 0.1)
    let progress = context.progress("hiding", total: steps, unit: "steps")
    defer { progress.finish() }
    for step in 0..<steps {
      optimiser.learningRate = schedule.rate(step: step)
      optimiser.zeroGrad()
      // Each part alone, so that the memory of one pass is free before the next.
      for loss in losses(model, step) {
        model.withTrainingWeights(dtype: compute) { loss().backward() }
      }
      clipGradNorm(optimiser.parameters, max: 1)
      optimiser.step()
      progress.advance()
    }
  }

  /// The result around the files of `bundle`, rounded to what `stored` holds.
  func finished(_ bundle: ModelBundle, roundedTo stored: DType) -> ModelBundle {
    bundle.with(model: withoutGrad { model.copy(dtype: stored).copy(dtype: .float32) })
  }

  /// Checks what every training takes.
  static func validate(steps: Int, learningRate: Double) throws {
    guard (1...10_000).contains(steps) else {
      throw AssayError(.badInput, "the option 'steps' must lie in 1...10000, got \(steps)")
    }
    guard learningRate > 0, learningRate <= 0.1 else {
      throw AssayError(
        .badInput, "the option 'learningRate' must be above 0 and at most 0.1, got \(learningRate)")
    }
  }
}
