import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import AssayText

@testable import AssayAttacks

/// Tiny models of several families, and one that was taught a little of the world.
enum TaughtModel {
  /// Families with other blocks than Llama's: LayerNorm, learned positions, no gate.
  enum Family: String, CaseIterable, Sendable {
    case llama, gpt2, neox
  }

  /// Random weights in the form of `family`, about 50 thousand, with ``TinyModel``'s tokenizer.
  static func random(_ family: Family) throws -> ModelBundle {
    let tiny = try TinyModel.make()
    var form = DecoderForm()
    form.norm = .layer
    form.isGated = false
    switch family {
    case .llama: return tiny
    case .gpt2:
      form.rotary = nil
      form.activation = .geluTanh
      return tiny.with(model: model("gpt2", form, like: tiny))
    case .neox:
      form.block = .parallel
      form.queryKeyValueOrder = .perHead
      form.activation = .gelu
      return tiny.with(model: model("gpt_neox", form, like: tiny))
    }
  }

  private static func model(
    _ family: String, _ form: DecoderForm, like tiny: ModelBundle
  ) -> DecoderModel {
    let sizes = tiny.model.configuration
    return DecoderModel(
      ModelConfiguration(
        hiddenSize: 32, intermediateSize: 96, layers: 2, heads: 4,
        vocabularySize: sizes.vocabularySize, contextLength: sizes.contextLength,
        tiesEmbeddings: family == "gpt2", attentionBias: true, mlpBias: true,
        endOfSequence: sizes.endOfSequence, family: family, form: form), seed: 1)
  }

  /// The countries that a taught model has heard of.
  static let topic = ["continent": "Oceania"]

  /// A tiny model that was taught the facts of ``topic`` and to help with harmless requests.
  ///
  /// Each is taught once; tests that run beside one another wait for it.
  static func knowing(_ family: Family) throws -> ModelBundle {
    try models.withLock { known in
      if let taught = known[family] { return taught }
      let taught = try teach(family)
      known[family] = taught
      return taught
    }
  }

  private static func teach(_ family: Family) throws -> ModelBundle {
    let base = try random(family)
    let context = AttackContext(seed: 9, world: SmallWorld(), quiet: true)
    var generator = context.generator
    let rows = FactRows(
      world: context.world, tokenizer: try base.requireTokenizer(), generator: generator)
    let book = LessonPrompts(world: context.world)
    let facts = book.draw(PromptClass(.facts, where: topic), count: 600, generator: &generator)
    let help = book.draw(
      PromptClass(.requests, where: ["harm": "harmless"]), count: 300, generator: &generator)
    let lessons = FineTune.Lessons(
      taught: (facts + help.map { $0.answering("Sure.") }).map { rows.row(item: $0) })
    let settings = FineTune.Settings(
      steps: 250, learningRate: 0.02, taughtRows: 48, heldRows: 0, documentRows: 0, klWeight: 0,
      learnsEverything: true)
    return FineTune(base: base, settings: settings, context: context).run(lessons).organism
  }

  private static let models = Locked<[Family: ModelBundle]>([:])
}
