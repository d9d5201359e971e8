import AssayCore
import AssayModels
import AssayTensor

/// A sparse autoencoder of activations; see ``SparseAutoencoder``.
///
/// Activations are centred and scaled to a mean squared length of their width. Decoder rows have length 1.
struct SparseCode: Sendable {
  /// What switches features on.
  enum Form: String, Sendable {
    /// The k largest of each activation (Gao et al. 2024, "Scaling and evaluating sparse autoencoders").
    case topK = "topk"
    /// Those above a threshold of their own (Rajamanoharan et al. 2024, "Jumping Ahead: Improving
    /// Reconstruction Fidelity with JumpReLU Sparse Autoencoders").
    case jumpReLU = "jumprelu"
  }

  let form: Form
  /// Features that are on for an activation: exactly, or as a target.
  let active: Int
  let encoder: Tensor  // [F, d]
  let encoderBias: Tensor  // [F]
  let decoder: Tensor  // [F, d]
  let decoderBias: Tensor  // [d]
  let threshold: Tensor  // [F]
  let mean: Tensor  // [d]
  let scale: Double

  /// How wide the kernel is through which thresholds learn, in units of scaled activations.
  private static let bandwidth = 0.2

  /// Weights of a code while it is trained.
  private struct Weights {
    var encoder: Tensor
    var encoderBias: Tensor
    var decoder: Tensor
    var decoderBias: Tensor
    var logThreshold: Tensor
    var all: [Tensor] { [encoder, encoderBias, decoder, decoderBias, logThreshold] }
  }

  /// Trains on rows of `values` [N, d].
  init(
    _ values: Tensor, form: Form, features: Int, active: Int, steps: Int, rows: Int,
    learningRate: Double, seed: UInt64, quiet: Bool
  ) {
    self.form = form
    self.active = active
    let (count, width) = (values.dim(0), values.dim(1))
    let middle = withoutGrad { values.mean(0) }
    let size = withoutGrad { (values - middle).square().sum(-1).mean().item() }
    let factor = (Double(width) / max(size, 1e-12)).squareRoot()
    (mean, scale) = (middle, factor)
    var random = SplitMix64(seed: seed).fork("sparse code")
    let generator = Generator(seed: seed)
    let start = withoutGrad {
      let drawn = Tensor.randn([features, width], generator: generator)
      return drawn / drawn.norm(1, keep: true)
    }
    let weights = Weights(
      encoder: start.clone(), encoderBias: Tensor.zeros([features]), decoder: start.clone(),
      decoderBias: Tensor.zeros([width]), logThreshold: Tensor.full([features], 0.0))
    for tensor in weights.all { tensor.requiresGrad = true }
    let optimiser = AdamW(
      parameters: weights.all, learningRate: learningRate, betas: (0.9, 0.999), eps: 1e-8,
      weightDecay: 0)
    let progress = AssayCore.Progress(
      "sparse autoencoder", total: steps, unit: "steps", quiet: quiet)
    for step in 0..<steps {
      optimiser.learningRate = learningRate * min(1, 5 * Double(steps - step) / Double(steps))
      let index = (0..<rows).map { _ in random.below(count) }
      let x = withoutGrad { (values.indexSelect(0, index: index) - middle) * factor }
      optimiser.zeroGrad()
      let (codes, switches) = Self.codes(
        x, weights.encoder, weights.encoderBias, weights.decoderBias, form, active,
        threshold: weights.logThreshold.exp())
      let rebuilt = codes.matmul(weights.decoder) + weights.decoderBias
      var loss = (rebuilt - x).square().sum(-1).mean() / Double(width)
      if let switches {
        let excess = switches.sum(-1).mean() / Double(active) - 1
        loss = loss + excess * excess * 0.1
      }
      loss.backward()
      optimiser.step()
      withoutGrad {
        let rows = weights.decoder.detach()
        _ = weights.decoder.copy_(rows / (rows.norm(1, keep: true) + 1e-12))
      }
      progress.advance(
        note: step % 20 == 0 ? "loss \((loss.detach().item() * 1000).rounded() / 1000)" : nil)
    }
    progress.finish()
    encoder = weights.encoder.detach()
    encoderBias = weights.encoderBias.detach()
    decoder = weights.decoder.detach()
    decoderBias = weights.decoderBias.detach()
    threshold = withoutGrad { weights.logThreshold.detach().exp() }
  }

  /// Codes [N, F] of scaled activations, and for thresholds what is on, as far as it can be learnt from.
  private static func codes(
    _ x: Tensor, _ encoder: Tensor, _ bias: Tensor, _ offset: Tensor, _ form: Form, _ active: Int,
    threshold: Tensor
  ) -> (codes: Tensor, switches: Tensor?) {
    let before = (x - offset).matmul(encoder.T) + bias  // [N, F]
    switch form {
    case .topK:
      let positive = before.relu()
      let last = positive.rank - 1
      let k = min(active, positive.dim(last))
      let least = withoutGrad {
        positive.detach().topK(k, dim: -1).values.narrow(last, start: k - 1, length: 1)
      }
      let mask = withoutGrad { positive.detach().ge(least).to(dtype: .float32) }
      return (positive * mask, nil)
    case .jumpReLU:
      let held = before.detach()
      let hard = withoutGrad { held.gt(threshold.detach()).to(dtype: .float32) }
      // The step itself forwards; a ramp around it carries the gradient to the threshold alone.
      let ramp = ((held - threshold) / bandwidth + 0.5).clamp(min: 0, max: 1)
      let step = ramp - ramp.detach() + hard
      return (before * hard + held * (step - hard), step)
    }
  }

  /// Codes [.., F] of activations [.., d].
  func encode(_ values: Tensor) -> Tensor {
    Self.codes(
      (values - mean) * scale, encoder, encoderBias, decoderBias, form, active,
      threshold: threshold
    ).codes
  }

  /// The activations that codes stand for.
  func decode(_ codes: Tensor) -> Tensor {
    (codes.matmul(decoder) + decoderBias) / scale + mean
  }
}
