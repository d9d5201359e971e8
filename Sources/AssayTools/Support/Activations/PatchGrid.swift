import AssayModels
import AssayTensor

/// Puts activations of one run into another, one layer and position at a time.
///
/// Many positions of a layer are one pass: each row of the batch is patched at one position alone.
struct PatchGrid {
  let model: any LanguageModel
  let pair: PromptPair
  /// What is patched: a part [B, T, d] of a block.
  let part: ActivationSite.Part

  /// Tokens of `layers` passes.
  static func cost(_ tokens: Int, layers: Int) -> Int { tokens * tokens * layers + 2 * tokens }

  /// What the two runs give, and what each patch does.
  struct Read {
    /// Logit difference of the run patched from, and of the run patched into.
    var clean: Double
    var other: Double
    /// By layer, then position: the share of the way back to the clean difference, 0 none, 1 all.
    var restored: [[Double]]
  }

  /// Runs all patches.
  func read() -> Read {
    withInference {
      let layers = model.configuration.layers
      let sites = (0..<layers).map { ActivationSite.block($0, part) }
      let taps = Taps(reading: sites)
      let clean = run([pair.clean], taps)[0]
      let other = run([pair.other], nil)[0]
      let count = pair.other.count
      let parts = PromptBatch.chunks(Array(0..<count))
      let mask = Tensor.eye(count).unsqueeze(-1).gt(Tensor.scalar(0.5))  // [T, T, 1]
      let restored = sites.map { site -> [Double] in
        guard let there = taps[site] else { return [] }
        return parts.flatMap { part -> [Double] in
          let own = mask.narrow(0, start: part.startIndex, length: part.count)
          let patch = Taps()
          patch.replace(site) { Tensor.where(own, there.expand($0.shape), $0) }
          return run([[Int]](repeating: pair.other, count: part.count), patch)
            .map { share($0, clean: clean, other: other) }
        }
      }
      return Read(clean: clean, other: other, restored: restored)
    }
  }

  /// What each component's change does by the direct path alone, from it to the logits.
  ///
  /// Everything in between stays as in the other run: its output at the last token is exchanged in the
  /// final residual stream (path patching, Goldowsky-Dill et al. 2023, with the direct path as the only one).
  func direct() -> (heads: [[Double]], mlps: [Double]) {
    withInference {
      let layers = model.configuration.layers
      let sites = (0..<layers).flatMap { layer in
        [ActivationSite.block(layer, .attentionResult), .block(layer, .mlpOut)]
      }
      func outputs(_ ids: [Int]) -> (Tensor, [ActivationSite: Tensor]) {
        let taps = Taps(reading: sites)
        let residual = model.finalResidual(
          Tensor(rows: [ids]), cache: nil, attentionStart: nil, taps: taps)
        var last: [ActivationSite: Tensor] = [:]
        for site in sites { last[site] = taps[site].map { $0[0][ids.count - 1] } }
        return (residual[0][ids.count - 1], last)
      }
      let (clean, cleanOutputs) = outputs(pair.clean)
      let (other, otherOutputs) = outputs(pair.other)
      let ends = pair.difference(Tensor.stack([clean, other]), model).doubles()
      func shares(_ site: ActivationSite) -> [Double] {
        guard let from = cleanOutputs[site], let into = otherOutputs[site] else { return [] }
        let change = (from - into).reshape([-1, other.count])  // [n, d]
        return pair.difference(other.unsqueeze(0) + change, model).doubles()
          .map { share($0, clean: ends[0], other: ends[1]) }
      }
      return (
        (0..<layers).map { shares(.block($0, .attentionResult)) },
        (0..<layers).map { shares(.block($0, .mlpOut)).first ?? 0 }
      )
    }
  }

  private func share(_ value: Double, clean: Double, other: Double) -> Double {
    abs(clean - other) < 1e-9 ? 0 : (value - other) / (clean - other)
  }

  private func run(_ rows: [[Int]], _ taps: Taps?) -> [Double] {
    let input = Tensor(rows: rows)
    let residual = model.finalResidual(input, cache: nil, attentionStart: nil, taps: taps)
    return pair.difference(residual.select(1, index: input.dim(1) - 1), model).doubles()
  }
}
