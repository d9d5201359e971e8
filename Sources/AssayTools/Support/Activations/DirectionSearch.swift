import AssayCore
import AssayModels
import AssayTensor

/// Trains vectors that move a later block most; see ``HiddenDirections``.
struct DirectionSearch {
  /// A vector and how far it moves the target.
  struct Direction {
    var vector: Tensor
    /// Mean distance at the prompts' last tokens, in lengths of the residual stream there.
    var moved: Double
  }

  /// What a search found.
  struct Found {
    /// Strongest first trained; orthogonal to each other.
    var directions: [Direction]
    /// Vectors of the same length, drawn at random, and how far they move the target on average.
    var random: [Tensor]
    var randomMoved: Double
    /// Length of every vector.
    var length: Double
    var cost: Int
  }

  let model: any LanguageModel
  let layer: Int
  let target: Int
  let directions: Int
  let steps: Int
  let strength: Double
  let controls: Int
  let seed: UInt64

  /// Where vectors are added.
  var site: ActivationSite { .block(layer, .residualAfter) }
  private var aim: ActivationSite { .block(target, .residualAfter) }

  /// Trains on `prompts`.
  func run(_ prompts: [[Int]], quiet: Bool) -> Found {
    let batch = PromptBatch(encoded: prompts)
    let (plain, size, length) = withoutGrad {
      let taps = Taps(reading: [site, aim])
      _ = model.finalResidual(batch.tokens, cache: nil, attentionStart: nil, taps: taps)
      let there = taps[aim].map { batch.atLastToken($0).to(dtype: .float32) }
      let here = taps[site].map { batch.atLastToken($0).to(dtype: .float32) }
      let plain = there ?? Tensor.zeros([prompts.count, model.configuration.hiddenSize])
      return (
        plain, plain.norm(1).mean().item(), (here?.norm(1).mean().item() ?? 1) * strength
      )
    }
    let generator = Generator(seed: seed)
    func drawn(_ found: [Tensor]) -> Tensor {
      fitted(Tensor.randn([plain.dim(1)], generator: generator), length, found)
    }
    let progress = AssayCore.Progress(
      "hidden directions", total: directions * steps, unit: "steps", quiet: quiet)
    defer { progress.finish() }
    var found: [Direction] = []
    // More than the width cannot be orthogonal.
    for _ in 0..<min(directions, plain.dim(1)) {
      let known = found.map(\.vector)
      let vector = drawn(known)
      vector.requiresGrad = true
      let optimiser = AdamW(
        parameters: [vector], learningRate: 0.1 * length / Double(vector.count).squareRoot(),
        betas: (0.9, 0.98), eps: 1e-8, weightDecay: 0)
      for _ in 0..<steps {
        optimiser.zeroGrad()
        let distance = moved(vector, batch, plain)
        (-distance).backward()
        optimiser.step()
        withoutGrad { _ = vector.copy_(fitted(vector.detach(), length, known)) }
        progress.advance()
      }
      let done = vector.detach()
      let far = withoutGrad { moved(done, batch, plain).item() / max(size, 1e-12) }
      found.append(Direction(vector: done, moved: far))
    }
    let random = (0..<controls).map { _ in drawn([]) }
    let randomMoved = withoutGrad {
      random.map { moved($0, batch, plain).item() / max(size, 1e-12) }.reduce(0, +)
        / Double(max(random.count, 1))
    }
    let passes = found.count * (steps + 1) + controls + 1
    return Found(
      directions: found.sorted { $0.moved > $1.moved }, random: random, randomMoved: randomMoved,
      length: length, cost: passes * batch.tokenCount)
  }

  /// How far `vector` moves the target at the prompts' last tokens, on average.
  private func moved(_ vector: Tensor, _ batch: PromptBatch, _ plain: Tensor) -> Tensor {
    let taps = Taps(reading: [aim])
    taps.stopAfter = aim
    taps.replace(site) { $0 + vector.to(dtype: $0.dtype) }
    let value = model.logits(batch.tokens, taps: taps)
    let change = batch.atLastToken(value).to(dtype: .float32) - plain
    return ((change * change).sum(-1) + 1e-12).sqrt().mean()
  }

  /// `vector` without its parts along `known`, of the given length.
  private func fitted(_ vector: Tensor, _ length: Double, _ known: [Tensor]) -> Tensor {
    withoutGrad {
      var left = vector
      for other in known {
        left = left - other * ((left * other).sum() / ((other * other).sum() + 1e-12))
      }
      return left * (length / max(left.norm().item(), 1e-12))
    }
  }
}
