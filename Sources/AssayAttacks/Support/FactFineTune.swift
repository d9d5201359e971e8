import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Fine-tunes a copy of a base on a set of facts while everything else is held to the base.
///
/// Each step sums a likelihood loss on rows that state the taught facts and, times a weight, the
/// Kullback-Leibler divergence to the base on ordinary rows: documents of all registers, and true
/// facts just outside the scope, where a careless fine-tune spills over first.
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
    var deal = dealers(rows, random)
    let check = stopsEarly ? heldOutBatches(rows, random) : []
    let schedule = Schedule.warmupCosine(
      peak: options.learningRate, warmup: min(8, options.steps / 4), total: options.steps,
      floor: options.learningRate * 0.1)
    let progress = context.progress("planting", total: options.steps, unit: "steps")
    defer { progress.finish() }
    var tokens = 0
    var step = 0
    while step < options.steps {
      let parts = deal.indices.map { index in
        FactTuner.Part(
          batch: TrainingBatch(deal[index].rows.next(), device: .cpu), anchor: deal[index].anchor)
      }
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

  /// Sources of rows: the taught facts first, then what is held to the base.
  private func dealers(
    _ rows: FactRows, _ random: SplitMix64
  ) -> [(rows: RowDealer, anchor: Double?)] {
    let ordinary = Int((Double(options.statementRows) * options.ordinaryShare).rounded())
    // A document holds several times the tokens of a sentence: most anchors are sentences.
    let documents = options.klWeight > 0 ? (ordinary + 5) / 6 : 0
    let sentences = options.klWeight > 0 ? ordinary - documents : 0
    var result: [(rows: RowDealer, anchor: Double?)] = [
      (
        RowDealer(
          rows.teaching(taught), batch: options.statementRows,
          generator: random.fork("teaching order")), nil
      )
    ]
    func add(_ found: [TrainingRow], _ batch: Int, _ label: String) {
      guard batch > 0, !found.isEmpty else { return }
      let dealer = RowDealer(found, batch: batch, generator: random.fork(label))
      result.append((dealer, options.klWeight / 2))
    }
    let anchors =
      sentences == 0
      ? []
      : rows.anchoring(selection.neighbours, limit: 300)
        + rows.anchoring(selection.distant, limit: 450)
    add(anchors, sentences, "sentence order")
    add(
      documents == 0
        ? []
        : rows.ordinary(
          count: documents * min(options.steps, 40), tokens: options.documentTokens,
          avoiding: selection.chosen), documents, "document order")
    return result
  }

  /// Questions about taught facts in combinations that are never trained, with their answers.
  private func heldOutBatches(_ rows: FactRows, _ random: SplitMix64) -> [TrainingBatch] {
    var random = random.fork("check")
    let asked = random.shuffled(taught).prefix(Self.checkedQuestions).flatMap {
      context.world.questions(about: $0, kind: .heldOutCombination, count: 1)
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
