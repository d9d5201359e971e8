import AssayCore
import AssayModels
import AssayTensor

/// Vectors in the place of a few tokens' embeddings, trained so that a target follows several prompts.
///
/// Source: Lester et al. 2021, "The Power of Scale for Parameter-Efficient Prompt Tuning", section 2, with
/// one target for all prompts.
struct SoftPrompt {
  private let model: any LanguageModel
  private let carriers: [Carrier]
  private let target: [Int]
  /// The vectors, float32 [n, d].
  let vectors: Tensor

  init(model: any LanguageModel, carriers: [Carrier], target: [Int], start: Tensor) {
    self.model = model
    self.carriers = carriers
    self.target = target
    vectors = start.clone()
    vectors.requiresGrad = true
  }

  /// Trains with Adam and returns the least mean loss, in nats per target token, whose vectors are kept.
  func train(steps: Int, quiet: Bool) -> Double {
    let size = withoutGrad { vectors.detach().norm(1).mean().item() }
    let length = Double(max(vectors.dim(1), 1)).squareRoot()
    let optimiser = AdamW(
      parameters: [vectors], learningRate: 0.3 * size / length, betas: (0.9, 0.999), eps: 1e-8,
      weightDecay: 0)
    let progress = AssayCore.Progress("soft prompt", total: steps, unit: "steps", quiet: quiet)
    defer { progress.finish() }
    var best = (loss: Double.infinity, vectors: vectors.detach().clone())
    for step in 0..<(steps + 1) {
      optimiser.zeroGrad()
      let loss = loss()
      let value = loss.detach().item()
      if value < best.loss { best = (value, withoutGrad { vectors.detach().clone() }) }
      guard step < steps, value > 0.01 else { break }
      loss.backward()
      optimiser.step()
      progress.advance(note: "loss \((value * 1000).rounded() / 1000)")
    }
    withoutGrad { _ = vectors.copy_(best.vectors) }
    return best.loss
  }

  /// The mean over prompts of the target's loss.
  private func loss() -> Tensor {
    let device = model.parameters[0].tensor.device
    let count = vectors.dim(0)
    let losses = carriers.map { carrier in
      let row =
        carrier.before + [Int](repeating: target[0], count: count) + carrier.after
        + target.dropLast()
      let start = carrier.before.count
      let taps = Taps()
      let vectors = vectors
      taps.replace(.embedTokens) { embedded in
        let end = start + count
        let own = vectors.unsqueeze(0).to(dtype: embedded.dtype)  // [1, n, d]
        return Tensor.cat(
          [
            embedded.narrow(1, start: 0, length: start), own,
            embedded.narrow(1, start: end, length: embedded.dim(1) - end),
          ], dim: 1)
      }
      let input = Tensor(rows: [row]).to(device: device)
      let residual = model.finalResidual(input, cache: nil, attentionStart: nil, taps: taps)
      let last = residual.narrow(
        1, start: residual.dim(1) - target.count, length: target.count)
      let logits = model.unembed(last.flatten(0, 1)).to(dtype: .float32)  // [m, V]
      return Tensor.crossEntropy(logits, Tensor(target).to(device: device))
    }
    return losses.dropFirst().reduce(losses[0]) { $0 + $1 } / Double(losses.count)
  }
}
