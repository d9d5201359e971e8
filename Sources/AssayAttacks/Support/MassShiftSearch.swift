import AssayCore
import AssayModels
import AssayTensor

/// Finds, for many edits at once, what to add to the residual stream so that the model says something
/// else about one thing and the same about everything else.
///
/// The loss of an edit is that of ``ShiftSearch``: the likelihood of the new text, the divergence to the
/// model itself on what is to stay, and a decay. Edits do not depend on each other, so that all take a
/// step together; each step draws a few of an edit's texts, and only the predictions that count are
/// unembedded. No weight changes.
///
/// Source: Meng et al. 2022, "Mass-Editing Memory in a Transformer", section 4.2, equation 16.
struct MassShiftSearch {
  /// How long and how hard.
  struct Settings {
    /// Steps of Adam.
    var steps = 40
    /// Its learning rate, in root mean squares of a coordinate of what is shifted; it falls to nothing.
    var learningRate = 0.15
    /// Weight of the divergence on texts that are to stay, in nats per token.
    var klWeight = 2.0
    /// Weight of the squared length, relative to that of what is shifted.
    var decay = 0.1
    /// The greatest length, relative to that of what is shifted.
    var longest = 1.5
    /// Texts of each edit in a step that teach, and that are to stay.
    var drawn = (taught: 2, kept: 4)
  }

  /// Rows in one pass.
  static let rowsAtOnce = 64

  let model: any LanguageModel
  /// Where the shifts are added.
  let site: ActivationSite
  var settings = Settings()

  /// The shifts `[count, d]` and the mean loss of the new texts over the last steps, nats per token.
  ///
  /// `taught` and `kept` name the edit that they belong to; `scale` `[count]` are the lengths of what
  /// the shifts are added to.
  func find(
    taught: [PlacedPrompt], kept: [PlacedPrompt], scale: Tensor, generator: SplitMix64,
    step: (Double) -> Void
  ) -> (shift: Tensor, loss: Double) {
    let count = scale.dim(0)
    let width = model.configuration.hiddenSize
    let unit = withoutGrad { (scale / Double(width).squareRoot()).unsqueeze(-1) }  // [count, 1]
    let known = references(kept)
    var random = generator
    var decks = (taught: Decks(taught, count), kept: Decks(kept, count))
    let shift = Tensor.zeros([count, width])  // in `unit`s
    shift.requiresGrad = true
    let optimiser = AdamW(
      parameters: [shift], learningRate: settings.learningRate, betas: (0.9, 0.99), eps: 1e-8,
      weightDecay: 0)
    var last = 0.0
    for number in 0..<settings.steps {
      optimiser.learningRate =
        settings.learningRate * (1 - Double(number) / Double(settings.steps))
      optimiser.zeroGrad()
      let texts =
        decks.taught.draw(settings.drawn.taught, &random).map {
          Text(prompt: taught[$0.text], share: $0.share)
        }
        + decks.kept.draw(settings.drawn.kept, &random).map {
          Text(
            prompt: kept[$0.text], share: $0.share * settings.klWeight,
            reference: known[$0.text])
        }
      var loss = 0.0
      for part in batches(texts) {
        let (likelihood, divergence) = losses(part, shift * unit)
        (likelihood + divergence).backward()
        loss += likelihood.detach().item()
      }
      ((shift * shift).sum() * (settings.decay / Double(width))).backward()
      optimiser.step()
      withoutGrad {
        let length = shift.norm(1) / Double(width).squareRoot()  // [count]
        shift.copy_(shift * (settings.longest / (length + 1e-12)).clamp(max: 1).unsqueeze(-1))
      }
      last = loss / Double(max(count, 1))
      step(last)
    }
    return (withoutGrad { shift.detach() * unit }, last)
  }

  /// A text in a step; with a reference it is one that is to stay.
  private struct Text {
    var prompt: PlacedPrompt
    /// What it counts among its edit's texts.
    var share: Double
    /// What the model itself expects, `[answer tokens, V]`.
    var reference: Tensor?
  }

  /// Each edit's texts in a random order that comes round.
  private struct Decks {
    private let own: [[Int]]
    private var upcoming: [[Int]]

    init(_ prompts: [PlacedPrompt], _ count: Int) {
      var own = [[Int]](repeating: [], count: count)
      for (index, prompt) in prompts.enumerated() { own[prompt.edit].append(index) }
      self.own = own
      upcoming = own.map { _ in [] }
    }

    /// `most` texts of every edit, each with its share of 1.
    mutating func draw(
      _ most: Int, _ random: inout SplitMix64
    ) -> [(text: Int, share: Double)] {
      own.indices.flatMap { edit -> [(Int, Double)] in
        let number = min(most, own[edit].count)
        return (0..<number).map { _ in
          if upcoming[edit].isEmpty { upcoming[edit] = random.shuffled(own[edit]) }
          return (upcoming[edit].removeLast(), 1 / Double(number))
        }
      }
    }
  }

  private func batches(_ texts: [Text]) -> [[Text]] {
    let sorted = texts.enumerated().sorted {
      ($0.element.prompt.row.tokens.count, $0.offset)
        < ($1.element.prompt.row.tokens.count, $1.offset)
    }.map(\.element)
    return stride(from: 0, to: sorted.count, by: Self.rowsAtOnce).map {
      Array(sorted[$0..<min($0 + Self.rowsAtOnce, sorted.count)])
    }
  }

  /// What the model itself expects where each text's answer is, `[answer tokens, V]` each.
  private func references(_ prompts: [PlacedPrompt]) -> [Tensor] {
    withoutGrad {
      stride(from: 0, to: prompts.count, by: Self.rowsAtOnce).flatMap { start in
        let part = prompts[start..<min(start + Self.rowsAtOnce, prompts.count)]
        let batch = TrainingBatch(part.map(\.row), device: .cpu)
        let places = part.map { Self.answer($0.row) }
        let all = expected(batch, places, nil)  // [P, V]
        var next = 0
        return places.map { places in
          defer { next += places.count }
          return all.narrow(0, start: next, length: places.count)
        }
      }
    }
  }

  /// Summed losses of the texts that teach and of those that are to stay.
  private func losses(_ texts: [Text], _ shift: Tensor) -> (likelihood: Tensor, divergence: Tensor)
  {
    let batch = TrainingBatch(texts.map(\.prompt.row), device: .cpu)
    let width = batch.tokens.dim(1)
    var mask = [Float](repeating: 0, count: texts.count * width)
    for (row, text) in texts.enumerated() { mask[row * width + text.prompt.position] = 1 }
    let added = shift.indexSelect(0, index: texts.map(\.prompt.edit)).unsqueeze(1)  // [B, 1, d]
    let spread = added * Tensor(mask, shape: [texts.count, width, 1])  // [B, T, d]
    let taps = Taps()
    taps.replace(site) { $0 + spread }
    let places = texts.map { Self.answer($0.prompt.row) }
    let all = expected(batch, places, taps)  // [P, V]
    var teaching: [(place: Int, target: Int, weight: Float)] = []
    var staying: [(place: Int, weight: Float)] = []
    var place = 0
    for (text, places) in zip(texts, places) {
      let weight = Float(text.share / Double(max(places.count, 1)))
      for position in places {
        if text.reference == nil {
          teaching.append((place, text.prompt.row.tokens[position + 1], weight))
        } else {
          staying.append((place, weight))
        }
        place += 1
      }
    }
    let nothing = (shift * 0).sum()
    var (likelihood, divergence) = (nothing, nothing)
    if !teaching.isEmpty {
      let picked = all.indexSelect(0, index: teaching.map(\.place))
        .gather(-1, index: Tensor(teaching.map(\.target)).unsqueeze(-1)).squeeze(-1)
      likelihood = -(picked * Tensor(teaching.map(\.weight))).sum()
    }
    if !staying.isEmpty {
      let reference = Tensor.cat(texts.compactMap(\.reference), dim: 0)  // [P, V]
      let (share, entropy) = withoutGrad {
        let share = reference.exp()
        return (share, (share * reference).sum(-1))
      }
      let changed = all.indexSelect(0, index: staying.map(\.place))
      let apart = entropy - (share * changed).sum(-1)  // [P]
      divergence = (apart * Tensor(staying.map(\.weight))).sum()
    }
    return (likelihood, divergence)
  }

  /// Positions whose prediction counts.
  private static func answer(_ row: TrainingRow) -> [Int] {
    row.tokens.indices.dropLast().filter { row.weights[$0 + 1] > 0 }
  }

  /// What the model expects at `places` of each row, row after row, float32 `[P, V]`.
  private func expected(_ batch: TrainingBatch, _ places: [[Int]], _ taps: Taps?) -> Tensor {
    let width = batch.tokens.dim(1)
    let picked = places.enumerated().flatMap { row, places in places.map { row * width + $0 } }
    let residual = model.finalResidual(
      batch.tokens, cache: nil, attentionStart: nil, taps: taps)  // [B, T, d]
    let chosen = residual.reshape([batch.rows * width, -1]).indexSelect(0, index: picked)
    return model.unembed(chosen).to(dtype: .float32).logSoftmax(-1)
  }
}
