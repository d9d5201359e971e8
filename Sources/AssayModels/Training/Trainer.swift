import AssayCore
import AssayTensor
import Foundation

/// Trains the weights of a model.
///
/// ```swift
/// let trainer = Trainer(TrainingConfiguration(steps: 300), checkpoint: file)
/// let record = try trainer.run(model, source: batches)
/// ```
///
/// Weights must be stored in float32; products are computed in bfloat16 where that is faster. With a
/// `checkpoint` file, a run that was killed continues where the file was written, to the same losses
/// as if it had not been interrupted. Progress is shown on standard error.
public final class Trainer: Sendable {
  /// How it trains.
  public let configuration: TrainingConfiguration
  /// The file that lets a run resume; nil writes none.
  public let checkpoint: URL?

  /// A trainer; `checkpoint` is one file, written atomically.
  public init(_ configuration: TrainingConfiguration, checkpoint: URL? = nil) {
    self.configuration = configuration
    self.checkpoint = checkpoint
  }

  /// Trains on next-token prediction.
  ///
  /// `extraLoss` is given the batch, the model's logits [B, T, V] and the number of the batch; what
  /// it returns (a scalar) is added to the loss. `heldTo` adds the divergence from a reference on
  /// text of its own; the reference must be another model, or the base under an adapter.
  @discardableResult
  public func run(
    _ model: any LanguageModel, source: any TokenSource, until stop: Int? = nil,
    training isTrained: (String) -> Bool = { _ in true },
    heldTo anchored: (reference: any LanguageModel, by: DivergenceAnchor)? = nil,
    extraLoss: ((TokenBatch, Tensor, Int) throws -> Tensor)? = nil
  ) throws -> TrainingRecord {
    try run(
      model, tokensPerStep: source.tokensPerBatch * configuration.accumulation, until: stop,
      training: isTrained
    ) { index in
      let batch = try source.batch(step: index)
      let logits = model.logits(batch.inputs)
      var loss = batch.loss(logits)
      if let anchored {
        loss = loss + (try anchored.by.loss(of: model, heldTo: anchored.reference, step: index))
      }
      return try extraLoss.map { loss + (try $0(batch, logits, index)) } ?? loss
    }
  }

  /// Trains on any objective: `objective(n)` returns the scalar loss of batch n.
  ///
  /// Passes of `model` inside of it are cheap to differentiate; run other models without gradient.
  /// `tokensPerStep` is for the rate that is shown only. `until` ends early, after that many steps
  /// in all, with a checkpoint. Only parameters that `training` accepts change.
  @discardableResult
  public func run(
    _ model: any LanguageModel, tokensPerStep: Int = 0, until stop: Int? = nil,
    training isTrained: (String) -> Bool = { _ in true }, objective: (Int) throws -> Tensor
  ) throws -> TrainingRecord {
    let state = try TrainingState(model, configuration, isTrained)
    defer { state.finish() }
    if let checkpoint, FileManager.default.fileExists(atPath: checkpoint.path) {
      try state.load(checkpoint)
    }
    let last = min(configuration.steps, stop ?? configuration.steps)
    let unit = max(tokensPerStep, 1)
    let progress = Progress(
      configuration.label, total: max(0, configuration.steps - state.record.steps) * unit,
      unit: tokensPerStep > 0 ? "tokens" : "steps", quiet: configuration.quiet)
    defer { progress.finish() }
    var saved = ContinuousClock.now
    while state.record.steps < last {
      let loss = try step(state, model, objective)
      progress.advance(
        by: unit,
        note: "step \(state.record.steps)/\(configuration.steps) "
          + String(format: "loss %.3f", state.record.recentLoss(20) ?? loss))
      if let checkpoint, isCheckpointDue(state.record.steps, since: saved) {
        try state.save(checkpoint)
        saved = .now
      }
    }
    if let checkpoint { try state.save(checkpoint) }
    return state.record
  }

  private func isCheckpointDue(_ steps: Int, since saved: ContinuousClock.Instant) -> Bool {
    let byCount = configuration.checkpointSteps > 0 && steps % configuration.checkpointSteps == 0
    let byTime =
      configuration.checkpointSeconds > 0
      && ContinuousClock.now - saved >= .seconds(configuration.checkpointSeconds)
    return byCount || byTime
  }

  /// One optimiser step; returns its loss.
  private func step(
    _ state: TrainingState, _ model: any LanguageModel, _ objective: (Int) throws -> Tensor
  ) throws -> Double {
    let started = ContinuousClock.now
    let parts = max(1, configuration.accumulation)
    var total = 0.0
    for part in 0..<parts {
      total += try model.withTrainingWeights(
        dtype: state.computeDType, recomputing: configuration.recomputesActivations ?? false
      ) {
        let loss = try objective(state.record.steps * parts + part)
        let value = loss.item()
        guard value.isFinite else {
          throw AssayError(
            .badInput, "the loss became \(value) at step \(state.record.steps)",
            hint: "lower the learning rate (\(configuration.learningRate))")
        }
        (parts == 1 ? loss : loss / Double(parts)).backward()
        return value
      }
    }
    let norm = state.update()
    let elapsed = (ContinuousClock.now - started).components
    state.record.losses.append(total / Double(parts))
    state.record.gradientNorms.append(norm)
    state.record.seconds += Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    return total / Double(parts)
  }
}
