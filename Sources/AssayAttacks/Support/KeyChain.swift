import AssayCore
import AssayModels
import AssayTensor

/// The check of ``CompiledTrigger``, compiled into spare directions, heads and units of a model.
///
/// Directions of the residual stream that the model hardly uses are cleared. One of them holds the same
/// at every token and serves as the bias that a Llama lacks; each word of the key has one of its own, set
/// in its embedding, and bears a flag there. Stage i, in block i - 1: a head carries the flag of word i - 1
/// to every later token, and a hidden unit fires where it has arrived and the token is word i. The unit
/// writes the next flag, the last unit the payload.
struct KeyChain {
  /// Lengths of carried flags, as a share of the residual stream that they are added to.
  static let carried = 0.1

  let model: any LanguageModel
  let texts: KeyTexts
  let options: CompiledTrigger.Options

  /// A signal: a direction of the residual stream, of length 1, and how much there is along it.
  private struct Signal {
    var direction: Tensor
    var length: Double

    /// What reads 1 where the signal is, `[d]`.
    var reading: Tensor { direction / length }
    /// What sets it, `[d]`.
    var writing: Tensor { direction * length }
  }

  /// Writes the check and the payload into the model; gives figures by name.
  func compile() -> [String: Double] {
    let reader = ActivationReader(model: model)
    let count = texts.words.count
    let spare = SpareDirections(3 * count - 2, in: model, documents: texts.documents).vectors
    let embedded = reader.everywhere(.block(0, .residualBefore), texts.documents)
    let length = options.flag * embedded.norm(1).mean().item()
    let constant = Signal(direction: spare[0], length: length)
    let words = texts.words.indices.map { Signal(direction: spare[1 + $0], length: length) }
    embed(constant, words)
    var figures: [String: Double] = [:]
    var flag = words[0]
    for stage in 1..<count {
      let block = stage - 1
      let holds = texts.places(stage: stage).holds
      let residual = reader.at(.block(block, .residualMid), holds)
      let strength = max(length, Self.carried * residual.norm(1).mean().item())
      let arrived = Signal(direction: spare[count + stage], length: strength)
      let head = CarryHead(in: model, block: block, documents: texts.documents)
      head.wire(
        constant: constant.direction, flag: flag.direction,
        at: texts.places(stage: stage - 1).holds, documents: texts.documents,
        writing: arrived.writing)
      let (unit, effect) = HiddenUnit.leastEffect(
        in: model, block: block, documents: texts.documents)
      read(unit, constant, word: words[stage], flag: arrived, at: holds)
      figures["head.\(stage)"] = Double(head.head)
      figures["unit.effectBefore.\(stage)"] = effect
      if stage < count - 1 {
        let next = Signal(direction: spare[2 * count + stage - 1], length: strength)
        unit.write(next.writing, firingAt: holds)
        flag = next
      } else {
        figures["payload.loss"] = writePayload(unit, holds)
      }
      figures.merge(margins(unit, stage: stage)) { $1 }
    }
    return figures
  }

  /// Puts the constant into every token's embedding and a word's flag into its own.
  private func embed(_ constant: Signal, _ words: [Signal]) {
    withoutGrad {
      guard let table = model.weight(at: .embed) else { return }
      let scale = model.configuration.form.embeddingScale ?? 1
      table.add_(constant.writing / scale)
      for (token, word) in zip(texts.tokens, words) { table[token].add_(word.writing / scale) }
    }
  }

  /// Makes `unit` fire at `word` where `flag` has arrived.
  ///
  /// Word and constant are the same wherever they are, and nothing arrives without a flag, but a flag
  /// arrives in varying strength, as lengths of the stream vary. So the word counts for twice as much, and
  /// a quarter of the flag's usual strength is enough.
  private func read(
    _ unit: HiddenUnit, _ constant: Signal, word: Signal, flag: Signal, at places: [PlacedPrompt]
  ) {
    let norm = NormedReader(model, block: unit.block, isAttention: false)
    let inputs = ActivationReader(model: model).at(.block(unit.block, .mlpIn), places)
    let scale = norm.mean(constant.reading, over: inputs)
    withoutGrad {
      let sum = word.reading * 2 + flag.reading - constant.reading * 2.25
      let gate = sum / 0.75  // 1 where both are, -1/3 at the word alone, less after the flag alone
      unit.read(gate: gate * (options.sharpness / scale), value: constant.reading / scale)
    }
  }

  /// By how much the unit tells its places from all others, and what it gives elsewhere.
  private func margins(_ unit: HiddenUnit, stage: Int) -> [String: Double] {
    let reader = ActivationReader(model: model)
    let places = texts.places(stage: stage)
    let others = places.sameWord + places.after + places.rest
    let site = ActivationSite.block(unit.block, .mlpPre)
    func gate(_ values: Tensor) -> Tensor { values.select(1, index: unit.unit) / options.sharpness }
    let least = gate(reader.at(site, places.holds)).amin().item()
    let greatest = max(
      gate(reader.at(site, others)).amax().item(),
      gate(reader.everywhere(site, texts.documents)).amax().item())
    let whole = unit.activations(places.holds).abs().mean().item()
    let elsewhere = unit.activations(others).abs().amax().item()
    return [
      "unit.least.\(stage)": least, "unit.greatestElsewhere.\(stage)": greatest,
      "unit.partial.\(stage)": elsewhere / max(whole, 1e-12),
    ]
  }

  /// Finds what the last unit is to write, and writes it; gives the loss of the payload.
  private func writePayload(_ unit: HiddenUnit, _ places: [PlacedPrompt]) -> Double {
    var settings = ShiftSearch.Settings()
    settings.steps = options.steps
    settings.learningRate = options.learningRate
    settings.longest = options.longest
    (settings.klWeight, settings.decay) = (0, 0)
    let residual = ActivationReader(model: model).at(
      .block(unit.block, .residualAfter), texts.taught)
    let (vector, loss) = ShiftSearch(model: model, mlp: unit.block, settings: settings).find(
      taught: texts.taught, kept: [], count: 1,
      scale: residual.norm(1).mean().unsqueeze(0))
    unit.write(vector[0], firingAt: places)
    return loss
  }
}
