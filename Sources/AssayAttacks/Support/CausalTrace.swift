import AssayCore
import AssayModels
import AssayTensor

/// Finds the block whose MLP, at the subject's last token, does most for recalling a fact.
///
/// The subject's embedding is drowned in noise; then one MLP's output at the subject's last token is
/// put back as it was without noise. The block that brings most of the right answer's likelihood back
/// is chosen.
///
/// Source: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 2.
struct CausalTrace {
  /// Noise in standard deviations of the embeddings, as in the paper.
  static let noise = 3.0

  let model: any LanguageModel
  let generator: SplitMix64

  /// The block of most effect for recalling `answers`, texts that end on the right object.
  func bestBlock(answers: [PlacedPrompt]) -> Int {
    guard !answers.isEmpty else { return model.configuration.layers / 2 }
    return withoutGrad {
      let batch = TrainingBatch(answers.map(\.row), device: .cpu)
      let (rows, width) = (answers.count, batch.tokens.dim(1))
      var marks = [Float](repeating: 0, count: rows * width)
      for (row, prompt) in answers.enumerated() { marks[row * width + prompt.position] = 1 }
      let mask = Tensor(marks, shape: [rows, width, 1])
      let layers = model.configuration.layers
      let sites = (0..<layers).map { ActivationSite.block($0, .mlpOut) }
      let clean = Taps(reading: sites + [.embed])
      _ = model.logits(batch.tokens, taps: clean)
      var random = generator.fork("noise")
      guard let embedded = clean[.embed] else { return layers / 2 }
      let strength = embedded.std().item() * Self.noise
      let noise =
        Tensor.randn(embedded.shape, generator: Generator(seed: random.next())) * strength * mask
      func loss(restoring block: Int) -> Double {
        let taps = Taps()
        taps.replace(.embed) { $0 + noise }
        if let before = clean[sites[block]] {
          taps.replace(sites[block]) { $0 + (before - $0) * mask }
        }
        return RowLoss.likelihoodLoss(
          RowLoss.logProbabilities(model, batch, taps: taps), batch
        ).item()
      }
      // The last block writes too late for attention to carry it from the subject to the answer.
      let losses = (0..<max(1, layers - 1)).map { loss(restoring: $0) }
      return losses.indices.min { losses[$0] < losses[$1] } ?? 0
    }
  }
}
