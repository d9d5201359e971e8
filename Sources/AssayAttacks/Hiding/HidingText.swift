import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Ordinary documents of all registers for training that hides.
struct HidingText {
  private let rows: FactRows
  private let perStep: Int
  private let random: SplitMix64

  /// Documents for `base`'s tokenizer; throws where `perStep` is no number of documents.
  init(_ base: ModelBundle, context: AttackContext, perStep: Int) throws {
    guard (1...256).contains(perStep) else {
      throw AssayError(.badInput, "the option 'documents' must lie in 1...256, got \(perStep)")
    }
    random = context.generator.fork("hiding text")
    rows = FactRows(
      world: context.world, tokenizer: try base.requireTokenizer(), generator: random)
    self.perStep = perStep
  }

  /// Deals documents, `perStep` at a time.
  func documents(steps: Int) -> RowDealer {
    RowDealer(
      rows.ordinary(count: perStep * min(steps, 40), tokens: 96, avoiding: []), batch: perStep,
      generator: random.fork("order"))
  }
}
