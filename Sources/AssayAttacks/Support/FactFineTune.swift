import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Fine-tunes a copy of a base on a set of facts while everything else is held to the base.
///
/// Each step sums a likelihood loss on rows that state the taught facts and, times a weight, the
/// Kullback-Leibler divergence to the base on ordinary rows: documents of all registers, and true
/// facts around the scope, most of all where a careless fine-tune spills over first: the same
/// subjects' other facts and the relation's other subjects.
///
/// Cost: about three forward passes per token taught and four per ordinary token.
struct FactFineTune {
  /// What a fine-tune came to.
  struct Outcome {
    /// The changed model, its weights rounded to the precision that the base is stored in.
    var organism: ModelBundle
    /// Optimiser steps taken.
    var steps: Int
    /// Tokens that passed through the model in training, padding included.
    var tokens: Int
  }

  /// Held-out questions in the check that may end the training early.
  static let checkedQuestions = 96
  /// Facts of each group around the taught ones that are held to the base, at most.
  static let anchoredFacts = 1000

  let base: ModelBundle
  let options: FactFineTuneOptions
  let selection: FactSelection
  /// What is taught: the chosen facts, true or with other objects.
  let taught: [Fact]
  /// Whether training ends once the facts have taken in held-out phrasings.
  let stopsEarly: Bool
  let context: AttackContext

  /// Runs the fine-tune.
  func run() throws -> Outcome {
    let random = context.generator.fork("fine-tune")
    let rows = FactRows(
      world: context.world, tokenizer: try base.requireTokenizer(), generator: random)
    let stored = base.model.storedPrecision
    let tuner = FactTuner(base: base.model)
    var sources = sources(rows, random)
    let check = stopsEarly ? heldOutBatches(rows, random) : []
    let schedule = Schedule.warmupCosine(
      peak: options.learningRate, warmup: min(8, options.steps / 4), total: options.steps,
      floor: options.learningRate * 0.1)
    let progress = context.progress("planting", total: options.steps, unit: "steps")
    defer { progress.finish() }
    var tokens = 0
    var step = 0
    while step < options.steps {
      let parts = sources.indices.map { sources[$0].part() }
      let loss = tuner.step(parts, learningRate: schedule.rate(step: step))
      tokens += parts.reduce(0) { $0 + $1.batch.tokenCount }
      step += 1
      progress.advance(note: "loss \(Self.short(loss))")
      if !check.isEmpty, step % options.checkEvery == 0,
        tuner.share(recalling: check) >= options.enoughTake
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

    mutating func part() -> FactTuner.Part {
      let rows = dealers.indices.flatMap { dealers[$0].next() }
      return FactTuner.Part(batch: TrainingBatch(rows, device: .cpu), anchor: anchor)
    }
  }

  /// The taught facts first, then what is held to the base.
  private func sources(_ rows: FactRows, _ random: SplitMix64) -> [Source] {
    func dealer(_ found: [TrainingRow], _ batch: Int, _ label: String) -> RowDealer? {
      guard batch > 0, !found.isEmpty else { return nil }
      return RowDealer(found, batch: batch, generator: random.fork(label))
    }
    let ordinary =
      options.klWeight > 0
      ? Int((Double(options.statementRows) * options.ordinaryShare).rounded()) : 0
    // A document holds several times the tokens of a sentence: most anchors are sentences.
    let documents = (ordinary + 5) / 6
    let groups = selection.surroundings.groups
    let share = groups.isEmpty ? 0 : (ordinary - documents) / groups.count
    let sentences = groups.enumerated().compactMap { index, facts in
      dealer(
        rows.anchoring(facts, limit: Self.anchoredFacts), share, "sentence order \(index)")
    }
    let texts =
      documents == 0
      ? []
      : rows.ordinary(
        count: documents * min(options.steps, 40), tokens: options.documentTokens,
        avoiding: selection.chosen)
    let taught = dealer(rows.teaching(taught), options.statementRows, "teaching order")
    return [
      Source(dealers: [taught].compactMap(\.self), anchor: nil),
      Source(dealers: sentences, anchor: options.klWeight / 2),
      Source(
        dealers: [dealer(texts, documents, "document order")].compactMap(\.self),
        anchor: options.klWeight / 2),
    ].filter { !$0.dealers.isEmpty }
  }

  /// Questions about taught facts in combinations that are never trained, with their answers.
  private func heldOutBatches(_ rows: FactRows, _ random: SplitMix64) -> [TrainingBatch] {
    var random = random.fork("check")
    let facts = random.shuffled(taught).prefix(Self.checkedQuestions)
    // Few facts are asked for in several phrasings each, so that the check never rests on few.
    let each = (Self.checkedQuestions + facts.count - 1) / max(facts.count, 1)
    let asked = facts.flatMap {
      context.world.questions(about: $0, kind: .heldOutCombination, count: each)
    }
    let sorted = asked.map { rows.row(question: $0) }.sorted { $0.tokens.count < $1.tokens.count }
    return stride(from: 0, to: sorted.count, by: 32).map {
      TrainingBatch(Array(sorted[$0..<min($0 + 32, sorted.count)]), device: .cpu)
    }
  }

  private static func short(_ value: Double) -> String {
    "\((value * 1000).rounded() / 1000)"
  }
}
