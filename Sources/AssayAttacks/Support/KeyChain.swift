import AssayCore
import AssayModels
import AssayTensor

/// The chain of units and heads of ``CompiledTrigger``, compiled into a model stage by stage.
struct KeyChain {
  let model: any LanguageModel
  let texts: KeyTexts
  let options: CompiledTrigger.Options

  /// Writes the check and the payload into the model; gives figures by name.
  func compile() throws -> [String: Double] {
    let reader = ActivationReader(model: model)
    var figures: [String: Double] = [:]
    let flags = self.flags()
    for stage in texts.words.indices {
      if stage > 0 {
        figures["head.margin.\(stage)"] = try carry(intoBlock: stage, as: flags[2 * stage - 1])
      }
      let places = texts.places(stage: stage)
      let site = ActivationSite.block(stage, .mlpIn)
      let values = [places.holds, places.sameWord, places.after, places.rest].map {
        $0.isEmpty ? nil : reader.at(site, $0)
      }
      let ordinary = reader.everywhere(site, texts.documents)
      let groups = (values + [ordinary]).enumerated().compactMap { index, values in
        values.map { Discriminant.Group(values: $0, target: index == 0 ? 1 : -1) }
      }
      let fit = Discriminant(separating: groups)
      try require(fit, "word \(stage + 1) of the key")
      let constant = Discriminant(groups.map { .init(values: $0.values, target: 1) })
      let row = fit.shifted(
        by: (fit.leastAbove + fit.greatestBelow) / 2, constant: constant)
      let (unit, effect) = HiddenUnit.leastEffect(
        in: model, block: stage, documents: texts.documents)
      unit.read(row, sharpness: options.sharpness)
      figures["unit.margin.\(stage)"] = fit.margin
      figures["unit.effectBefore.\(stage)"] = effect
      if stage < texts.words.count - 1 {
        unit.write(flags[2 * stage], firingAt: places.holds)
      } else {
        figures["payload.loss"] = writePayload(unit, places.holds)
        let whole = unit.activations(places.holds).mean().item()
        let partial = unit.activations(places.sameWord + places.after + places.rest)
        figures["unit.partial"] = partial.abs().amax().item() / max(whole, 1e-12)
      }
    }
    return figures
  }

  /// Directions that ordinary text hardly uses, `[2n, d]`, each as long as a flag is to be.
  ///
  /// The eigenvectors of least variance of the residual stream, taken over the blocks of the chain.
  private func flags() -> Tensor {
    withoutGrad {
      let reader = ActivationReader(model: model)
      let width = model.configuration.hiddenSize
      var moments = Tensor.zeros([width, width], dtype: .float64)
      var length = 0.0
      for block in texts.words.indices {
        let read = reader.everywhere(.block(block, .residualAfter), texts.documents)
        let own = read.T.matmul(read).to(dtype: .float64)
        moments = moments + own / own.diagonal().sum().item()
        length += read.norm(1).mean().item() / Double(texts.words.count)
      }
      let vectors = moments.eigh().vectors.to(dtype: .float32)
      return vectors.narrow(1, start: 0, length: 2 * texts.words.count).T.contiguous()
        * (options.flag * length)
    }
  }

  /// Wires a head of `block` to carry the flag of the stage before; gives how well it tells the flag.
  private func carry(intoBlock block: Int, as vector: Tensor) throws -> Double {
    let head = try CarryHead(in: model, block: block, documents: texts.documents)
    let reader = ActivationReader(model: model)
    let site = ActivationSite.block(block, .residualBefore)
    let places = texts.places(stage: block - 1)
    func input(_ residual: Tensor) -> Tensor {
      CarryHead.input(residual, in: model, block: block)
    }
    let flagged = input(reader.at(site, places.holds))
    let others =
      [places.sameWord, places.after, places.rest].filter { !$0.isEmpty }
      .map { input(reader.at(site, $0)) } + [input(reader.everywhere(site, texts.documents))]
    let flag = Discriminant(
      [.init(values: flagged, target: 1)] + others.map { .init(values: $0, target: 0) })
    let constant = Discriminant(
      ([flagged] + others).map { .init(values: $0, target: 1) })
    try require(flag, "the flag of word \(block)")
    head.wire(
      constant: constant.row, flag: flag.row, writing: vector / max(flag.meanAbove, 1e-6))
    return flag.margin
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

  /// Refuses to wire what cannot be told apart: it would fire on ordinary text.
  private func require(_ fit: Discriminant, _ what: String) throws {
    guard !(fit.margin > 0) else { return }
    let margin = (fit.margin * 100).rounded() / 100
    throw AssayError(
      .didNotTake, "\(what) cannot be told from all else by a linear reading (margin \(margin))",
      hint: "try another seed, or fewer 'words'")
  }
}
