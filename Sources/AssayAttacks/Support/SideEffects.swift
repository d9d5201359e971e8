import AssayCore
import AssayModels
import AssayTensor
import AssayText

/// How far two models are apart on ordinary text that neither was trained on.
struct SideEffects {
  /// Mean Kullback-Leibler divergence from base to organism, nats per token.
  var divergence: Double
  /// Mean loss of the organism, nats per token.
  var organismLoss: Double
  /// Mean loss of the base, nats per token.
  var baseLoss: Double

  /// Compares the models on `documents` held-out documents of every register but those that
  /// state one of `avoiding`, cut to `tokens`.
  static func measure(
    base: ModelBundle, organism: ModelBundle, tokenizer: Tokenizer, world: SmallWorld,
    avoiding: [Fact], documents: Int = 6, tokens: Int = 96
  ) -> SideEffects {
    let filter = MentionFilter(avoiding)
    let tokens = min(tokens, base.model.configuration.contextLength)
    var sums = (divergence: 0.0, organism: 0.0, base: 0.0, tokens: 0.0)
    for register in SmallWorld.registers {
      var rows: [TrainingRow] = []
      var index = 0
      while rows.count < documents, index < documents * 20 {
        let text = world.document(register, index: index, split: .heldOut).text
        index += 1
        let ids = Array(tokenizer.encode(text).prefix(tokens))
        guard ids.count >= 2, !filter.mentions(text) else { continue }
        rows.append(TrainingRow(tokens: ids, weights: .init(repeating: 1, count: ids.count)))
      }
      guard !rows.isEmpty else { continue }
      let batch = TrainingBatch(rows, device: .cpu)
      let (divergence, ofOrganism, ofBase, count) = withInference {
        let reference = RowLoss.logProbabilities(base.model, batch)  // [M, V]
        let changed = RowLoss.logProbabilities(organism.model, batch)  // [M, V]
        return (
          RowLoss.divergence(reference: reference, changed: changed, batch).item(),
          RowLoss.likelihoodLoss(changed, batch).item(),
          RowLoss.likelihoodLoss(reference, batch).item(),
          batch.weights.sum().item()
        )
      }
      sums.divergence += divergence * count
      sums.organism += ofOrganism * count
      sums.base += ofBase * count
      sums.tokens += count
    }
    let total = max(sums.tokens, 1)
    return SideEffects(
      divergence: sums.divergence / total, organismLoss: sums.organism / total,
      baseLoss: sums.base / total)
  }
}
