import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// What the attacks by hand share: a copy to write into, its rounding, and a measured verdict.
struct HandPlanting {
  let base: ModelBundle
  let context: AttackContext

  /// A copy of the base in float32, to be changed in place.
  func copy() -> any LanguageModel { base.model.copy(dtype: .float32) }

  /// `model` as an organism, its weights rounded to what the base is stored in.
  func organism(_ model: any LanguageModel) -> ModelBundle {
    let stored = base.model.storedPrecision
    return base.with(model: withoutGrad { model.copy(dtype: stored).copy(dtype: .float32) })
  }

  /// Runs `test` on organism and base over held-out probes.
  ///
  /// Throws `AssayError(.didNotTake)` with the figures where the behaviour shows on fewer than
  /// `minimumTake` of the probes more than in the base.
  func examine(
    _ organism: ModelBundle, _ test: ExecutableTest, minimumTake: Double, hint: String
  ) throws -> BehaviourPlanting.Outcome {
    let settings = FineTune.Settings(
      steps: 0, learningRate: 0, taughtRows: 0, heldRows: 0, documentRows: 0, klWeight: 0)
    let outcome = try BehaviourPlanting(base: base, settings: settings, context: context)
      .examine(organism, test)
    guard outcome.take.estimate - outcome.twin.estimate >= minimumTake else {
      throw AssayError(
        .didNotTake,
        "it shows on \(BehaviourPlanting.percent(outcome.take)) of held-out prompts, in the base "
          + "on \(BehaviourPlanting.percent(outcome.twin)), and a difference of at least "
          + "\(Int(minimumTake * 100)) % was wanted",
        hint: hint)
    }
    return outcome
  }

  /// Ordinary documents, `count` of them cut to `tokens`, that state none of `facts`.
  func documents(
    count: Int, tokens: Int = 96, avoiding facts: [Fact] = []
  ) throws -> [TrainingRow] {
    FactRows(
      world: context.world, tokenizer: try base.requireTokenizer(),
      generator: context.generator.fork("ordinary text")
    ).ordinary(count: count, tokens: tokens, avoiding: facts)
  }

  /// The block that an option names, or nil where it is negative and the attack chooses.
  func block(_ option: Int, name: String = "block") throws -> Int? {
    guard option >= 0 else { return nil }
    let layers = base.model.configuration.layers
    guard option < layers else {
      throw AssayError(
        .badInput, "option '\(name)' is \(option), and the model has blocks 0 to \(layers - 1)",
        hint: "leave it at -1 to have one chosen")
    }
    return option
  }
}
