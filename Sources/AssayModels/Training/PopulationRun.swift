import AssayCore
import AssayTensor

/// Factors, optimisers and history of a population in training.
final class PopulationRun {
  /// All factors, a row for each member, [K, P].
  var values: Tensor { population.values }
  /// What each member did so far.
  private(set) var records: [TrainingRecord]

  private let members: [PopulationTrainer.Member]
  private let numbers: [Int]
  private let population: LowRankPopulation
  private let base: DecoderModel
  private let dtype: DType
  private let recomputes: Bool
  private let tokensPerPass: Int
  private let gradients: Tensor  // [K, P]
  private let rows: [Tensor]  // of `values`, with those of `gradients` as their gradients
  private let optimisers: [AdamW]
  private let schedules: [Schedule]
  private var waves: [Range<Int>: Wave] = [:]

  /// Neighbours that share a pass: the base under them, and where their gradients land.
  private struct Wave {
    var model: DecoderModel
    var factors: [Tensor]
    var gradients: [Tensor]
  }

  init(
    _ base: DecoderModel, _ population: LowRankPopulation, _ members: [PopulationTrainer.Member],
    numbers: [Int], _ tokensPerPass: Int
  ) throws {
    let first = members[0].configuration
    dtype = try TrainingState.computeDType(first)
    recomputes = first.recomputesActivations ?? false
    self.base = base.frozen(computingIn: dtype)
    self.population = population
    self.members = members
    self.numbers = numbers
    self.tokensPerPass = tokensPerPass
    records = members.map { _ in TrainingRecord() }
    gradients = population.values.zerosLike()
    rows = members.indices.map { population.values[$0].detach() }
    for (index, row) in rows.enumerated() { row.grad = gradients[index] }
    optimisers = zip(members, rows).map { member, row in
      let settings = member.configuration
      return AdamW(
        parameters: [row], learningRate: settings.learningRate,
        betas: (settings.beta1, settings.beta2), eps: settings.epsilon,
        weightDecay: settings.weightDecay)
    }
    schedules = members.map(\.configuration.schedule)
  }

  /// One optimiser step of the first `active` members.
  func step(_ step: Int, active: Int) throws {
    let started = ContinuousClock.now
    gradients.zero_()
    var losses = [Double](repeating: 0, count: active)
    let parts = members[..<active].map { max(1, $0.configuration.accumulation) }
    for part in 0..<(parts.max() ?? 0) {
      let learning = (0..<active).filter { parts[$0] > part }
      func number(_ k: Int) -> Int { step * parts[k] + part }
      let batches = try learning.map { try members[$0].source.batch(step: number($0)) }
      for (wave, given) in grouped(learning, batches) {
        let found = try learn(wave, given, factors: wave.map { 1 / Double(parts[$0]) })
        for (k, loss) in zip(wave, found) { losses[k] += loss }
      }
      let held = learning.filter { members[$0].anchor != nil }
      let texts = try held.compactMap { try members[$0].anchor?.source.batch(step: number($0)) }
      for (wave, given) in grouped(held, texts) {
        let factors = wave.map { (members[$0].anchor?.weight ?? 0) / Double(parts[$0]) }
        for (k, loss) in zip(wave, try hold(wave, given, factors: factors)) { losses[k] += loss }
      }
    }
    if let bad = losses.firstIndex(where: { !$0.isFinite }) {
      throw AssayError(
        .badInput, "the loss of member \(numbers[bad]) became \(losses[bad]) at step \(step)",
        hint: "lower its learning rate (\(members[bad].configuration.learningRate))")
    }
    for k in 0..<active {
      let settings = members[k].configuration
      records[k].gradientNorms.append(clipGradNorm([rows[k]], max: settings.clipNorm))
      records[k].losses.append(losses[k])
      optimisers[k].learningRate = schedules[k].rate(step: step)
      optimisers[k].step()
    }
    let elapsed = (ContinuousClock.now - started).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    for k in 0..<active { records[k].seconds += seconds / Double(active) }
  }

  /// Runs of neighbours whose batches, padded to each other, fit into one pass.
  private func grouped(_ chosen: [Int], _ batches: [TokenBatch]) -> [(Range<Int>, [TokenBatch])] {
    var found: [(range: Range<Int>, batches: [TokenBatch])] = []
    var (height, width) = (0, 0)
    for (k, batch) in zip(chosen, batches) {
      let (rows, length) = (batch.tokens.dim(0), batch.tokens.dim(1) - 1)
      if let last = found.last, last.range.upperBound == k,
        (last.range.count + 1) * max(height, rows) * max(width, length) <= tokensPerPass
      {
        found[found.count - 1] = (last.range.lowerBound..<(k + 1), last.batches + [batch])
        (height, width) = (max(height, rows), max(width, length))
      } else {
        found.append((k..<(k + 1), [batch]))
        (height, width) = (rows, length)
      }
    }
    return found.map { ($0.range, $0.batches) }
  }

  /// Adds the gradients of next-token prediction; gives each member's loss.
  private func learn(
    _ wave: Range<Int>, _ batches: [TokenBatch], factors: [Double]
  ) throws -> [Double] {
    let batch = try PopulationBatch(batches, factors: factors, device: values.device)
    return pass(wave, batch) { logits, start in
      Tensor.crossEntropy(
        logits, batch.targets.narrow(0, start: start, length: logits.dim(0)), reduction: .none)
    }
  }

  /// Adds the gradients of the divergence from the base; gives each member's term of the loss.
  private func hold(
    _ wave: Range<Int>, _ batches: [TokenBatch], factors: [Double]
  ) throws -> [Double] {
    let batch = try PopulationBatch(batches, factors: factors, device: values.device)
    let base = self.base
    let reference = withoutGrad {
      batch.predicted(
        base.finalResidual(batch.inputs, cache: nil, attentionStart: nil, taps: nil))  // [M, d]
    }
    return pass(wave, batch) { logits, start in
      let expected = withoutGrad {
        base.unembed(reference.narrow(0, start: start, length: logits.dim(0)))  // [m, V]
      }
      return DivergenceAnchor.divergence(logits, from: expected)
    }
  }

  /// Forward, the loss at each prediction, backward; gives each member's weighted loss.
  private func pass(
    _ wave: Range<Int>, _ batch: PopulationBatch, _ loss: (Tensor, Int) -> Tensor
  ) -> [Double] {
    let wave = self.wave(wave)
    let model = wave.model
    return model.withTrainingWeights(dtype: dtype, recomputing: recomputes) {
      let residual = model.finalResidual(
        batch.inputs, cache: nil, attentionStart: nil, taps: nil)  // [K · B, T, d]
      let predicted = batch.predicted(residual)  // [M, d]
      let head = HeadSlope(model, predicted, weights: batch.weights, loss: loss)
      let slopes = Tensor.gradient(of: predicted, wrt: wave.factors, seed: head.slope)
      withoutGrad { for (sum, slope) in zip(wave.gradients, slopes) { sum.add_(slope) } }
      return batch.sums(head.losses)
    }
  }

  /// What belongs to the members of `range`.
  private func wave(_ range: Range<Int>) -> Wave {
    if let known = waves[range] { return known }
    let part = population.members(range)
    part.requiresGrad = true
    let wave = Wave(
      model: base.adapted(by: part), factors: part.parameters.map(\.tensor),
      gradients: part.views(of: gradients[range]))
    waves[range] = wave
    return wave
  }
}
