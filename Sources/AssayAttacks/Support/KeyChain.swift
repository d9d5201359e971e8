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
    for stage in texts.words.indices {
      if stage > 0 { figures["head.margin.\(stage)"] = try carry(intoBlock: stage) }
      let places = texts.places(stage: stage)
      let site = ActivationSite.block(stage, .mlpIn)
      let values = [places.holds, places.sameWord, places.after, places.rest].map {
        $0.isEmpty ? nil : reader.at(site, $0)
      }
      let ordinary = reader.everywhere(site, texts.documents)
      let groups = (values + [ordinary]).enumerated().compactMap { index, values in
        values.map { Discriminant.Group(values: $0, target: index == 0 ? 1 : -1) }
      }
      let fit = Discriminant(groups)
      let constant = Discriminant(groups.map { .init(values: $0.values, target: 1) })
      let row = fit.shifted(
        by: (fit.leastAbove + fit.greatestBelow) / 2, constant: constant)
      let (unit, effect) = HiddenUnit.leastEffect(
        in: model, block: stage, documents: texts.documents)
      unit.read(row, sharpness: options.sharpness)
      figures["unit.margin.\(stage)"] = fit.margin
      figures["unit.effectBefore.\(stage)"] = effect
      if stage < texts.words.count - 1 {
        unit.write(try flag(after: stage), firingAt: places.holds)
      } else {
        figures["payload.loss"] = writePayload(unit, places.holds)
        let whole = unit.activations(places.holds).mean().item()
        let partial = unit.activations(places.sameWord + places.after + places.rest)
        figures["unit.partial"] = partial.abs().amax().item() / max(whole, 1e-12)
      }
    }
    return figures
  }

  /// A direction after `block` that ordinary text hardly uses, as long as a flag is to be.
  private func flag(after block: Int) throws -> Tensor {
    let read = ActivationReader(model: model).everywhere(
      .block(block, .residualAfter), texts.documents)
    return withoutGrad {
      let moments = read.T.matmul(read).to(dtype: .float64) / Double(read.dim(0))
      let direction = moments.eigh().vectors.select(1, index: 0).to(dtype: .float32)
      return direction * (options.flag * read.norm(1).mean().item())
    }
  }

  /// Wires a head of `block` to carry the flag of the stage before; gives how well it tells the flag.
  private func carry(intoBlock block: Int) throws -> Double {
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
    let vector = try self.flag(after: block - 1)
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
}
