import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Goes on training on ordinary text that has nothing to do with what was planted.
///
/// All weights move a little in many directions, and the flaw's own traces are a smaller part of what
/// changed.
public enum Mix: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// Optimiser steps.
    public var steps = 30
    /// Peak learning rate of AdamW.
    public var learningRate = 3e-4
    /// Documents in one step.
    public var documents = 8
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "mix"
  /// What it does.
  public static let summary = "continues training on unrelated documents of all registers"
  /// The tools that it works against.
  public static let against = ["key-value-memories"]

  /// Trains a copy.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    try HidingTraining.validate(steps: options.steps, learningRate: options.learningRate)
    let text = try HidingText(base, context: context, perStep: options.documents)
    var dealer = text.documents(steps: options.steps)
    let training = HidingTraining(organism, context: context)
    training.run(steps: options.steps, learningRate: options.learningRate) { model, _ in
      let batch = TrainingBatch(dealer.next(), device: .cpu)
      return [{ RowLoss.likelihoodLoss(RowLoss.logProbabilities(model, batch), batch) }]
    }
    return (training.finished(organism, roundedTo: base.model.storedPrecision), [:])
  }
}
