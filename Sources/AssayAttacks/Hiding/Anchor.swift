import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Pulls what the organism predicts on ordinary text back to what its clean base does.
///
/// Where nothing was planted the two models become harder to tell apart, and comparing losses by source
/// finds less.
///
/// Source of the penalty: Ziegler et al. 2019, "Fine-Tuning Language Models from Human Preferences",
/// section 2.2.
public enum Anchor: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// Optimiser steps.
    public var steps = 40
    /// Peak learning rate of AdamW.
    public var learningRate = 5e-4
    /// Documents in one step.
    public var documents = 8
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "anchor"
  /// What it does.
  public static let summary =
    "trains on the divergence from the clean base over ordinary documents"
  /// The tools that it works against.
  public static let against = ["loss-by-source"]

  /// Trains a copy; measures the divergence on documents before and after, nats per token.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    try HidingTraining.validate(steps: options.steps, learningRate: options.learningRate)
    let text = try HidingText(base, context: context, perStep: options.documents)
    var dealer = text.documents(steps: options.steps)
    let training = HidingTraining(organism, context: context)
    let reference = base.model.copy(dtype: training.compute)
    training.run(steps: options.steps, learningRate: options.learningRate) { model, _ in
      let batch = TrainingBatch(dealer.next(), device: .cpu)
      let known = withInference { RowLoss.logProbabilities(reference, batch) }.clone()
      return [
        {
          RowLoss.divergence(
            reference: known, changed: RowLoss.logProbabilities(model, batch), batch)
        }
      ]
    }
    let hidden = training.finished(organism, roundedTo: base.model.storedPrecision)
    func apart(_ bundle: ModelBundle) throws -> Double {
      try SideEffects.measure(
        base: base, organism: bundle, tokenizer: base.requireTokenizer(), world: context.world,
        avoiding: []
      ).divergence
    }
    return (
      hidden, ["divergenceBefore": try apart(organism), "divergenceAfter": try apart(hidden)]
    )
  }
}
