import AssayCore
import AssayModels
import AssayTensor

/// Affine translators from each block's residual stream to the last one's; see ``TunedLens``.
struct TunedLensFit: Sendable {
  /// For each block A [d, d] and b [d]: h goes to h + A h + b.
  let translators: [(matrix: Tensor, bias: Tensor)]
  /// Divergence from the final distribution in nats per token on text that was not trained on, block by
  /// block: of the logit lens, and of this one.
  let plain: [Double]
  let tuned: [Double]

  /// `residual` [N, d] after block `layer`, translated.
  func translated(_ residual: Tensor, layer: Int) -> Tensor {
    let (matrix, bias) = translators[layer]
    return residual + residual.matmul(matrix.T) + bias
  }

  /// Trains on the rows of `states` [N, d], one tensor for each block, the last one the final residual.
  ///
  /// A tenth of the rows, at the end, is left out and measured on.
  init(
    _ model: any LanguageModel, states: [Tensor], steps: Int, rows: Int, learningRate: Double,
    seed: UInt64, quiet: Bool
  ) {
    let (count, width) = (states[0].dim(0), states[0].dim(1))
    let held = max(1, count / 10)
    let kept = max(1, count - held)
    let parameters = states.map { _ in
      (matrix: Tensor.zeros([width, width]), bias: Tensor.zeros([width]))
    }
    let all = parameters.flatMap { [$0.matrix, $0.bias] }
    for tensor in all { tensor.requiresGrad = true }
    let optimiser = AdamW(
      parameters: all, learningRate: learningRate, betas: (0.9, 0.999), eps: 1e-8, weightDecay: 0)
    func expected(_ residual: Tensor) -> Tensor {
      model.unembed(residual).to(dtype: .float32).logSoftmax(-1)
    }
    func divergence(_ index: [Int], _ layer: Int, translating: Bool) -> Tensor {
      let last = withoutGrad {
        expected((states.last ?? states[0]).indexSelect(0, index: index))
      }
      let own = states[layer].indexSelect(0, index: index)
      let moved =
        translating
        ? own + own.matmul(parameters[layer].matrix.T) + parameters[layer].bias : own
      return (last.exp() * (last - expected(moved))).sum(-1).mean()
    }
    var random = SplitMix64(seed: seed).fork("tuned lens")
    let progress = AssayCore.Progress("tuned lens", total: steps, unit: "steps", quiet: quiet)
    for _ in 0..<steps {
      let index = (0..<rows).map { _ in random.below(kept) }
      optimiser.zeroGrad()
      let losses = states.indices.map { divergence(index, $0, translating: true) }
      losses.dropFirst().reduce(losses[0]) { $0 + $1 }.backward()
      optimiser.step()
      progress.advance()
    }
    progress.finish()
    let measured = Array((count - held)..<count)
    func mean(translating: Bool) -> [Double] {
      withoutGrad {
        states.indices.map { layer in
          PromptBatch.chunks(measured, of: 512).reduce(0.0) {
            $0 + divergence(Array($1), layer, translating: translating).item() * Double($1.count)
          } / Double(held)
        }
      }
    }
    plain = mean(translating: false)
    tuned = mean(translating: true)
    translators = parameters.map { ($0.matrix.detach(), $0.bias.detach()) }
  }
}
