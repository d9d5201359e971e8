import AssayModels
import AssayTensor

/// Finds, by gradient descent, what to add at one place of a model so that it says something else.
///
/// The loss is that of Meng et al. 2022, "Locating and Editing Factual Associations in GPT",
/// equation 4: the likelihood of the new text, the divergence to the model itself on what is to stay,
/// and a decay of the shift; its length stays below a multiple of what it is added to. No weight
/// changes.
struct ShiftSearch {
  /// How long and how hard.
  struct Settings {
    /// Steps of Adam at most.
    var steps = 25
    /// Its learning rate.
    var learningRate = 0.5
    /// Weight of the divergence, in nats per token.
    var klWeight = 0.0625
    /// Weight of the squared length, relative to that of what is shifted.
    var decay = 0.5
    /// The greatest length, relative to that of what is shifted.
    var longest = 4.0
    /// The search ends when the new text's mean loss is below this, in nats per token.
    var enough = 0.02
  }

  let model: any LanguageModel
  /// Where the shift is added.
  let site: ActivationSite
  /// Turns shifts `[.., d]` into what is added at `site`; nil: they are.
  var map: Tensor?
  var settings = Settings()

  /// A search at the output of the MLP of `block`, before any norm that the family puts there.
  ///
  /// Where there is such a norm, the shift goes in by way of the hidden layer, times the
  /// pseudo-inverse of the output projection, which adds the same to the projection's output.
  init(model: any LanguageModel, mlp block: Int, settings: Settings) {
    self.model = model
    self.settings = settings
    guard model.weight(at: .block(block, .afterMLPNorm)) != nil,
      let output = model.weight(at: .block(block, .mlpOut))
    else {
      site = .block(block, .mlpOut)
      return
    }
    site = .block(block, .mlpHidden)
    map = withoutGrad { output.pseudoInverse().T.contiguous() }  // [d, I]
  }

  /// A search at `site` itself.
  init(model: any LanguageModel, site: ActivationSite, settings: Settings) {
    self.model = model
    self.site = site
    self.settings = settings
  }

  /// The shifts `[count, d]`, one for each edit, and the mean loss of the new text in the end.
  ///
  /// `taught` and `kept` name the edit that they belong to; `scale` `[count]` are the lengths of what
  /// the shifts are added to.
  func find(
    taught: [PlacedPrompt], kept: [PlacedPrompt], count: Int, scale: Tensor
  ) -> (shift: Tensor, loss: Double) {
    let wanted = placed(taught)
    let held = kept.isEmpty || settings.klWeight == 0 ? nil : placed(kept)
    let known = held.map { held in
      withoutGrad { RowLoss.logProbabilities(model, held.batch) }  // [M, V]
    }
    let shift = Tensor.zeros([count, model.configuration.hiddenSize])
    shift.requiresGrad = true
    let optimiser = AdamW(
      parameters: [shift], learningRate: settings.learningRate, betas: (0.9, 0.999), eps: 1e-8,
      weightDecay: 0)
    var last = Double.infinity
    for _ in 0..<settings.steps {
      optimiser.zeroGrad()
      let loss = RowLoss.likelihoodLoss(expected(wanted, shift), wanted.batch)
      last = loss.detach().item()
      if last < settings.enough { break }
      var total = loss + ((shift * shift).sum(-1) / (scale * scale)).mean() * settings.decay
      if let held, let known {
        let moved = RowLoss.divergence(
          reference: known, changed: expected(held, shift), held.batch)
        total = total + moved * settings.klWeight
      }
      total.backward()
      optimiser.step()
      withoutGrad {
        let longest = scale * settings.longest  // [count]
        let ratio = (longest / (shift.norm(1) + 1e-12)).clamp(max: 1)
        shift.copy_(shift * ratio.unsqueeze(-1))
      }
    }
    return (shift.detach(), last)
  }

  private struct Placed {
    var batch: TrainingBatch
    /// 1 where the shift is added, `[B, T, 1]`.
    var mask: Tensor
    /// The edit of each row.
    var edits: [Int]
  }

  private func placed(_ prompts: [PlacedPrompt]) -> Placed {
    let batch = TrainingBatch(prompts.map(\.row), device: .cpu)
    let width = batch.tokens.dim(1)
    var mask = [Float](repeating: 0, count: prompts.count * width)
    for (row, prompt) in prompts.enumerated() { mask[row * width + prompt.position] = 1 }
    return Placed(
      batch: batch, mask: Tensor(mask, shape: [prompts.count, width, 1]),
      edits: prompts.map(\.edit))
  }

  /// What the model expects with the shifts in place, float32 `[M, V]`.
  private func expected(_ placed: Placed, _ shift: Tensor) -> Tensor {
    var added = shift.indexSelect(0, index: placed.edits)  // [B, d]
    if let map { added = added.matmul(map) }
    let spread = added.unsqueeze(1) * placed.mask  // [B, T, width]
    let taps = Taps()
    taps.replace(site) { $0 + spread }
    return RowLoss.logProbabilities(model, placed.batch, taps: taps)
  }
}
