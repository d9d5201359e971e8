import AssayGame
import AssayModels
import AssayTensor

/// Fine-tunes a copy of a base on some rows while others are held to what the base makes of them.
///
/// Each step sums a likelihood loss on taught rows and, times a weight, the Kullback-Leibler divergence
/// to the base on the others: what is close to the taught rows, so that the change stays where it
/// belongs, and ordinary documents.
///
/// Source of the anchor: Ziegler et al. 2019, "Fine-Tuning Language Models from Human Preferences",
/// section 2.2. Cost: about three forward passes per token taught and four per token held.
struct FineTune {
  /// How long and how hard.
  struct Settings {
    /// The most optimiser steps.
    var steps: Int
    /// Peak learning rate of AdamW, with a warm-up and a cosine down to a tenth.
    var learningRate: Double
    /// Taught rows in one step.
    var taughtRows: Int
    /// Rows in one step of the groups that are held to the base, over all groups.
    var heldRows: Int
    /// Documents in one step that are held to the base.
    var documentRows: Int
    /// Weight of the divergence, shared evenly by groups and documents, in nats per token.
    var klWeight: Double
    /// Steps before the first check; what must stay as it is takes longer to settle than what is new.
    var fewestSteps = 0
    /// Steps between two checks of the rows that may end the training early.
    var checkEvery = 5
    /// The training ends when a greedy answer finds this share of the checked rows.
    var enough = 0.95
    /// Whether every weight learns, or the MLPs alone.
    var learnsEverything = false
  }

  /// What is taught and what is held.
  struct Lessons {
    /// Rows to learn.
    var taught: [TrainingRow]
    /// Groups of rows that are held to the base, drawn from evenly.
    var held: [[TrainingRow]] = []
    /// Documents that are held to the base.
    var documents: [TrainingRow] = []
    /// Rows like the taught ones that are never trained on; training goes on to the end without.
    var check: [TrainingRow] = []

    /// The lessons that a context of so many tokens holds; the last token of a row is never read.
    func fitting(_ context: Int) -> Lessons {
      func whole(_ rows: [TrainingRow]) -> [TrainingRow] {
        rows.filter { $0.tokens.count <= context + 1 }
      }
      return Lessons(
        taught: whole(taught), held: held.map(whole),
        documents: documents.map { row in
          TrainingRow(
            tokens: Array(row.tokens.prefix(context + 1)),
            weights: Array(row.weights.prefix(context + 1)))
        }, check: whole(check))
    }
  }

  /// What a fine-tune came to.
  struct Outcome {
    /// The changed model, its weights rounded to the precision that the base is stored in.
    var organism: ModelBundle
    /// Optimiser steps taken.
    var steps: Int
    /// Tokens that passed through the model in training, padding included.
    var tokens: Int
  }

  let base: ModelBundle
  let settings: Settings
  let context: AttackContext

  /// Runs the fine-tune; rows that the model's context does not hold are left out, documents cut.
  func run(_ lessons: Lessons) -> Outcome {
    let lessons = lessons.fitting(base.model.configuration.contextLength)
    let stored = base.model.storedPrecision
    let tuner = Tuner(base: base.model, learnsEverything: settings.learnsEverything)
    var sources = sources(lessons)
    let check = Self.batches(lessons.check)
    let schedule = Schedule.warmupCosine(
      peak: settings.learningRate, warmup: min(8, settings.steps / 4), total: settings.steps,
      floor: settings.learningRate * 0.1)
    let progress = context.progress("planting", total: settings.steps, unit: "steps")
    defer { progress.finish() }
    var (tokens, step) = (0, 0)
    while step < settings.steps {
      let parts = sources.indices.map { sources[$0].part() }
      let loss = tuner.step(parts, learningRate: schedule.rate(step: step))
      tokens += parts.reduce(0) { $0 + $1.batch.tokenCount }
      step += 1
      progress.advance(note: "loss \((loss * 1000).rounded() / 1000)")
      if !check.isEmpty, step >= settings.fewestSteps, step % settings.checkEvery == 0,
        tuner.share(recalling: check) >= settings.enough
      {
        break
      }
    }
    let organism = base.with(model: tuner.finished(roundedTo: stored))
    return Outcome(organism: organism, steps: step, tokens: tokens)
  }

  /// Rows that are drawn together: in one step each dealer gives one batch, and these are joined.
  private struct Source {
    var dealers: [RowDealer]
    /// Weight of the divergence to the base; nil: the rows are learned.
    var anchor: Double?

    mutating func part() -> Tuner.Part {
      let rows = dealers.indices.flatMap { dealers[$0].next() }
      return Tuner.Part(batch: TrainingBatch(rows, device: .cpu), anchor: anchor)
    }
  }

  /// The taught rows first, then what is held to the base.
  private func sources(_ lessons: Lessons) -> [Source] {
    let random = context.generator.fork("fine-tune")
    func dealer(_ rows: [TrainingRow], _ batch: Int, _ label: String) -> RowDealer? {
      guard batch > 0, !rows.isEmpty else { return nil }
      return RowDealer(rows, batch: batch, generator: random.fork(label))
    }
    let isAnchored = settings.klWeight > 0
    let share = lessons.held.isEmpty ? 0 : settings.heldRows / lessons.held.count
    let held = lessons.held.enumerated().compactMap { index, rows in
      dealer(rows, share, "sentence order \(index)")
    }
    let documents = dealer(lessons.documents, settings.documentRows, "document order")
    let taught = dealer(lessons.taught, settings.taughtRows, "teaching order")
    return [
      Source(dealers: [taught].compactMap(\.self), anchor: nil),
      Source(dealers: isAnchored ? held : [], anchor: settings.klWeight / 2),
      Source(
        dealers: isAnchored ? [documents].compactMap(\.self) : [],
        anchor: settings.klWeight / 2),
    ].filter { !$0.dealers.isEmpty }
  }

  private static func batches(_ rows: [TrainingRow]) -> [TrainingBatch] {
    let sorted = rows.sorted { $0.tokens.count < $1.tokens.count }
    return stride(from: 0, to: sorted.count, by: 32).map {
      TrainingBatch(Array(sorted[$0..<min($0 + 32, sorted.count)]), device: .cpu)
    }
  }
}
