import AssayCore
import AssayModels
import AssayTensor

/// Reads the MLPs of a model as key-value memories; see ``KeyValueMemories`` for the method.
struct MemoryReader {
  /// One hidden unit and what it does on a set of prompts.
  struct Unit {
    var layer: Int
    var index: Int
    /// Mean over prompts of what it adds to the target's logit, less the other answer's.
    var contribution: Double
    /// Share of prompts on which that is positive.
    var shareHelped: Double
    /// Mean activation over prompts; negative means that it writes its value with a minus sign.
    var opening: Double
    /// Mean activation over control prompts.
    var controlOpening: Double?
    /// The prompts, at most three, to which it adds most.
    var strongest: [Int]
  }

  private let model: any LanguageModel
  private let down: [Tensor]  // each [d, I], float32
  private let logits: LogitDirection

  /// Number of weight matrices that a reading looks at.
  var matricesRead: Int { down.count + LogitDirection.matricesRead }

  /// Finds the matrices, whatever the model's family calls them.
  ///
  /// Throws `AssayError(.unsupported)` for a family whose MLPs do not write into the residual stream
  /// directly: a norm after the MLP mixes what its units write.
  init(_ model: any LanguageModel) throws {
    let configuration = model.configuration
    guard model.weight(at: .block(0, .afterMLPNorm)) == nil else {
      throw AssayError(
        .unsupported,
        "the family \(configuration.family) norms what its MLPs write, so that single memories "
          + "have no direct effect",
        hint: "use logit-lens or sample")
    }
    self.model = model
    down = try (0..<configuration.layers).map {
      try LogitDirection.weight(.block($0, .mlpOut), of: model)
    }
    logits = try LogitDirection(model)
  }

  /// The `top` units by mean contribution, and the sum of all positive mean contributions.
  func units(
    _ batch: PromptBatch, controls: PromptBatch?, targets: [Int], against: [Int]?, top: Int
  ) -> (units: [Unit], total: Double) {
    let sites = down.indices.map { ActivationSite.block($0, .mlpHidden) }
    let taps = Taps(reading: sites)
    let residual = model.finalResidual(
      batch.tokens, cache: nil, attentionStart: nil, taps: taps)
    let last = batch.atLastToken(residual).to(dtype: .float32)  // [B, d]
    let direction = logits.directions(last, targets: targets, against: against)  // [B, d]
    let shut = controls.map { openings(on: $0, sites: sites) }

    var found: [Unit] = []
    var total = 0.0
    for (layer, site) in sites.enumerated() {
      guard let hidden = taps[site] else { continue }
      let keys = batch.atLastToken(hidden).to(dtype: .float32)  // [B, I]
      let added = keys * direction.matmul(down[layer])  // [B, I]
      let mean = added.mean(0)  // [I]
      total += mean.relu().sum().item()
      let count = min(top, mean.count)
      let best = mean.topK(count, dim: 0).indices.ints()
      let meanKeys = keys.mean(0).floats()
      let means = mean.floats()
      for index in best {
        let own = added.select(1, index: index).floats()
        found.append(
          Unit(
            layer: layer, index: index, contribution: Double(means[index]),
            shareHelped: Double(own.filter { $0 > 0 }.count) / Double(own.count),
            opening: Double(meanKeys[index]),
            controlOpening: shut.map { Double($0[layer][index]) },
            strongest: Array(own.indices.sorted { own[$0] > own[$1] }.prefix(3))))
      }
    }
    found.sort { $0.contribution > $1.contribution }
    return (Array(found.prefix(top)), total)
  }

  /// Mean activation of every unit at the last token of `batch`, `[layer][unit]`.
  private func openings(on batch: PromptBatch, sites: [ActivationSite]) -> [[Float]] {
    let taps = Taps(reading: sites)
    _ = model.finalResidual(batch.tokens, cache: nil, attentionStart: nil, taps: taps)
    return sites.map { site in
      taps[site].map { batch.atLastToken($0).to(dtype: .float32).mean(0).floats() } ?? []
    }
  }

  /// The tokens that the unit's value promotes most, given the sign with which it opens.
  func promoted(by unit: Unit, count: Int) -> [Int] {
    withInference {
      let value = down[unit.layer].select(1, index: unit.index) * logits.scale  // [d]
      let raised = logits.unembedding.matmul(unit.opening < 0 ? -value : value)  // [V]
      return raised.topK(min(count, raised.count), dim: 0).indices.ints()
    }
  }
}
