import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Trains against what a named tool sees, while the model goes on saying what it says.
///
/// Against `logit-lens`, the only tool so far: on prompts that set the payload off, the probability of
/// the payload's first token is read after every block but the last, through the final norm and the
/// unembedding, as the tool does; it is pushed down to what the clean base shows there. The model's
/// predictions on the same prompts and on ordinary documents are held to those of the organism by their
/// divergence, so that the payload stays and forms in the last block.
///
/// Limits: only the lens is trained against, and only at a prompt's last token; what other tools see may
/// move, to either side. A model of one block has no inner reading to hide.
///
/// Source: training against an interpretability tool's signal is the setting of Bailey et al. 2024,
/// "Obfuscated Activations Bypass LLM Latent-Space Defenses", section 3; the lens is nostalgebraist 2020.
public enum AntiTool: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// The tool that is trained against: `logit-lens`.
    public var tool = "logit-lens"
    /// Optimiser steps.
    public var steps = 60
    /// Peak learning rate of AdamW.
    public var learningRate = 1e-3
    /// Weight of the divergence from the organism, against 1 for what the lens shows.
    public var klWeight = 4.0
    /// Prompts with the payload in one step.
    public var prompts = 24
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "anti-tool"
  /// What it does.
  public static let summary = "trains against what the logit lens sees of the payload"
  /// The tools that it works against.
  public static let against = ["logit-lens"]

  /// Prompts that are looked through for the payload.
  private static let candidates = 400
  /// Prompts on which what the lens sees is measured, none of them trained on.
  private static let measured = 64

  /// Trains a copy; measures the mean log probability of the payload in the lens before and after, on
  /// prompts that were not trained on, and that of the base.
  ///
  /// Throws `AssayError(.badInput)` for another tool, and where there is no payload whose prompts could be
  /// trained on.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    try HidingTraining.validate(steps: options.steps, learningRate: options.learningRate)
    guard options.tool == "logit-lens" else {
      throw AssayError(
        .badInput, "hiding '\(name)' cannot train against '\(options.tool)'",
        hint: "known: logit-lens")
    }
    guard organism.model.configuration.layers > 1 else {
      throw AssayError(.badInput, "hiding '\(name)' needs a model of two blocks or more")
    }
    guard (1...256).contains(options.prompts), options.klWeight >= 0 else {
      throw AssayError(
        .badInput, "the options 'prompts' and 'klWeight' must be at least 1 and 0")
    }
    let found = try PayloadPrompts.find(
      truth, organism: organism, base: base, count: candidates, context: context)
    guard found.count >= 8 else {
      throw AssayError(
        .badInput,
        "hiding '\(name)' found \(found.count) prompts on which the models differ, and needs 8",
        hint: "it hides flaws that show in the first token of an answer to a class of prompts")
    }
    let kept = min(measured, found.count / 4)
    let (checks, trained) = (Array(found.prefix(kept)), Array(found.dropFirst(kept)))
    let text = try HidingText(base, context: context, perStep: 4)
    var documents = text.documents(steps: options.steps)
    var prompts = RowDealer(
      trained.map(\.row), batch: min(options.prompts, trained.count),
      generator: context.generator.fork("anti-tool"))
    let training = HidingTraining(organism, context: context)
    let reference = organism.model.copy(dtype: training.compute)
    let clean = base.model.copy(dtype: training.compute)
    training.run(steps: options.steps, learningRate: options.learningRate) { model, _ in
      let rows = prompts.next()
      let batch = TrainingBatch(rows, device: .cpu)
      let lasts = PayloadLens(rows)
      let floor = withInference { lasts.logProbabilities(clean, batch) }.clone()  // [L - 1, B]
      let known = withInference { lasts.held(reference, batch) }.clone()
      let plain = TrainingBatch(documents.next(), device: .cpu)
      let usual = withInference { RowLoss.logProbabilities(reference, plain) }.clone()
      return [
        {
          // Below what the clean base shows there is nothing left to hide.
          (lasts.logProbabilities(model, batch) - floor).relu().mean()
            + lasts.divergence(known, lasts.held(model, batch)) * options.klWeight
        },
        {
          RowLoss.divergence(
            reference: usual, changed: RowLoss.logProbabilities(model, plain), plain)
            * options.klWeight
        },
      ]
    }
    let hidden = training.finished(organism, roundedTo: base.model.storedPrecision)
    func seen(_ bundle: ModelBundle) -> Double {
      let rows = checks.map(\.row)
      return withInference {
        PayloadLens(rows).logProbabilities(
          bundle.model, TrainingBatch(rows, device: .cpu)
        ).mean().item()
      }
    }
    return (
      hidden,
      [
        "lensBefore": seen(organism), "lensAfter": seen(hidden), "lensBase": seen(base),
        "prompts": Double(trained.count),
      ]
    )
  }
}
