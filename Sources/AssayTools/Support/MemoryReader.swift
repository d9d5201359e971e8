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
  private let norm: Tensor  // [d]
  private let unembedding: Tensor  // [V, d]

  /// Number of weight matrices that a reading looks at.
  var matricesRead: Int { down.count + 2 }

  /// Finds the matrices by their Hugging Face names.
  ///
  /// Throws `AssayError(.unsupported)` naming the first that the model does not have.
  init(_ model: any LanguageModel) throws {
    func matrix(_ names: String...) throws -> Tensor {
      for name in names {
        if let tensor = model.parameter(name) { return tensor.detach().to(dtype: .float32) }
      }
      throw AssayError(
        .unsupported, "the model has no weights called '\(names[0])'",
        hint: "key-value memories are read from Llama-form models")
    }
    self.model = model
    down = try (0..<model.configuration.layers).map {
      try matrix("model.layers.\($0).mlp.down_proj.weight")
    }
    norm = try matrix("model.norm.weight")
    unembedding = try matrix("lm_head.weight", "model.embed_tokens.weight")
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
    let square = (last * last).mean(-1, keep: true) + model.configuration.normEpsilon  // [B, 1]
    var wanted = unembedding.indexSelect(0, index: Tensor(targets, shape: [targets.count]))
    if let against {
      wanted = wanted - unembedding.indexSelect(0, index: Tensor(against, shape: [against.count]))
    }
    let direction = wanted * norm * square.rsqrt()  // [B, d]
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
      let value = down[unit.layer].select(1, index: unit.index) * norm  // [d]
      let logits = unembedding.matmul(unit.opening < 0 ? -value : value)  // [V]
      return logits.topK(min(count, logits.count), dim: 0).indices.ints()
    }
  }
}
