import AssayModels
import AssayTensor

/// One hidden unit of an MLP, taken over to fire on chosen inputs and to write a chosen vector.
///
/// The unit reads z = w · x, near 1 where it is to fire and below 0 elsewhere. In a gated MLP both of
/// its rows read z, the gate `sharpness` times, so that it gives silu(s z) z; in a plain one it gives
/// the activation of s z. Where z is negative the saturated activation, and its gradient, are next to 0.
struct HiddenUnit {
  let model: any LanguageModel
  let block: Int
  let unit: Int

  /// The unit of `block` that does least on `documents`, not among `taken`, and how much that is: the
  /// mean of |activation| times the length of what it writes, as a share of the mean over all units.
  static func leastEffect(
    in model: any LanguageModel, block: Int, documents: [TrainingRow], taken: Set<Int> = []
  ) -> (unit: HiddenUnit, effect: Double) {
    let hidden = ActivationReader(model: model).everywhere(.block(block, .mlpHidden), documents)
    let effects = withoutGrad { () -> [Double] in
      guard let output = model.weight(at: .block(block, .mlpOut)) else { return [] }
      return (hidden.abs().mean(0) * output.norm(0)).doubles()
    }
    let least =
      effects.indices.filter { !taken.contains($0) }
      .min { effects[$0] < effects[$1] } ?? 0
    let mean = effects.reduce(0, +) / Double(max(effects.count, 1))
    return (
      HiddenUnit(model: model, block: block, unit: least),
      effects.isEmpty ? 0 : effects[least] / max(mean, 1e-12)
    )
  }

  /// Makes the unit fire on what `row` `[d]` reads from the MLP's input, and write nothing yet.
  func read(_ row: Tensor, sharpness: Double) {
    withoutGrad {
      let form = model.configuration.form
      let width = model.configuration.intermediateSize
      if let input = model.weight(at: .block(block, .mlpIn)) {
        input[unit].copy_(row * sharpness)
        if form.isGated { input[width + unit].copy_(row) }
      }
      if let bias = model.weight(at: .block(block, .mlpInBias)) {
        bias.narrow(0, start: unit, length: 1).zero_()
        if form.isGated { bias.narrow(0, start: width + unit, length: 1).zero_() }
      }
      model.weight(at: .block(block, .mlpOut))?.select(1, index: unit).zero_()
    }
  }

  /// Makes the unit read `gate` and `value` `[d]`, directions of the residual stream as it comes to the
  /// MLP's norm, and write nothing yet; a plain MLP has no value.
  func read(gate: Tensor, value: Tensor) {
    withoutGrad {
      let norm = NormedReader(model, block: block, isAttention: false)
      let rows = norm.rows(Tensor.stack([gate, value]))  // [2, d]
      let offset = norm.offset(rows) ?? Tensor.zeros([2])
      let width = model.configuration.intermediateSize
      let places = model.configuration.form.isGated ? [unit, width + unit] : [unit]
      for (index, place) in places.enumerated() {
        model.weight(at: .block(block, .mlpIn))?[place].copy_(rows[index])
        model.weight(at: .block(block, .mlpInBias))?.narrow(0, start: place, length: 1)
          .copy_(-offset.narrow(0, start: index, length: 1))
      }
      model.weight(at: .block(block, .mlpOut))?.select(1, index: unit).zero_()
    }
  }

  /// Makes the unit write `vector` `[d]` where it fires as on average at `prompts`.
  func write(_ vector: Tensor, firingAt prompts: [PlacedPrompt]) {
    let strength = activations(prompts).mean().item()
    withoutGrad {
      _ = model.weight(at: .block(block, .mlpOut))?.select(1, index: unit)
        .copy_(vector / max(strength, 1e-6))
    }
  }

  /// What the unit gives at `prompts`, `[N]`.
  func activations(_ prompts: [PlacedPrompt]) -> Tensor {
    ActivationReader(model: model).at(.block(block, .mlpHidden), prompts).select(1, index: unit)
  }
}
