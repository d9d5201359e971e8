import AssayModels
import AssayTensor

/// Steps of the trainer that everything uses: forward, backward, clipping, AdamW.
enum Learning {
  /// Every weight learns.
  static func full(_ work: Plan.Case, _ bundle: ModelBundle) throws -> Plan.Timing {
    try steps(work, bundle.model)
  }

  /// An adapter of rank 8 on every projection learns.
  static func adapter(_ work: Plan.Case, _ bundle: ModelBundle) throws -> Plan.Timing {
    guard let model = bundle.model as? DecoderModel else { return Plan.Timing(seconds: []) }
    let adapter = try LowRankAdapter(for: model, settings: .init(rank: 8), seed: 1)
    return try steps(work, model.adapted(by: adapter))
  }

  /// The same adapters, many together; seconds are those of one member's step.
  static func population(_ work: Plan.Case, _ bundle: ModelBundle) throws -> Plan.Timing {
    guard let model = bundle.model as? DecoderModel else { return Plan.Timing(seconds: []) }
    let count = work.members ?? 32
    let rows = work.tokens(
      vocabulary: model.configuration.vocabularySize, length: work.length + 1)
    let source = Repeated(
      batch: TokenBatch(
        tokens: Tensor(rows.flatMap { $0 }, shape: [work.batch, work.length + 1])))
    var settings = TrainingConfiguration(steps: 1, learningRate: 1e-4, warmupSteps: 0)
    settings.computeDType = work.dtype
    settings.quiet = true
    func run(steps: Int) throws -> Double {
      settings.steps = steps
      let population = try LowRankPopulation(
        for: model, settings: .init(rank: 8), seeds: (0..<count).map { UInt64($0) })
      let members = (0..<count).map { _ in PopulationTrainer.Member(settings, source: source) }
      let records = try PopulationTrainer(members, quiet: true).run(model, population)
      return records.reduce(0) { $0 + $1.seconds } / Double(count * steps)
    }
    let warm = try run(steps: 2)
    let steps = max(2, min(20, Int(work.seconds / (warm * Double(count)) / 3)))
    return Plan.Timing(seconds: try (0..<3).map { _ in try run(steps: steps) })
  }

  /// The same batch at every step.
  private struct Repeated: TokenSource {
    var batch: TokenBatch
    var tokensPerBatch: Int { batch.inputs.count }
    func batch(step: Int) -> TokenBatch { batch }
  }

  private static func steps(_ work: Plan.Case, _ model: any LanguageModel) throws -> Plan.Timing {
    let rows = work.tokens(
      vocabulary: model.configuration.vocabularySize, length: work.length + 1)
    let batch = TokenBatch(
      tokens: Tensor(rows.flatMap { $0 }, shape: [work.batch, work.length + 1]))  // [B, T + 1]
    var settings = TrainingConfiguration(steps: 1, learningRate: 1e-4, warmupSteps: 0)
    settings.computeDType = work.dtype
    settings.quiet = true
    var starts: [ContinuousClock.Instant] = []
    func run(steps: Int) throws {
      settings.steps = steps
      starts = []
      try Trainer(settings).run(model) { _ in
        starts.append(.now)
        return batch.loss(model.logits(batch.inputs))
      }
      starts.append(.now)
    }
    try run(steps: 2)
    let warm = (starts[2] - starts[1]).inSeconds
    try run(steps: max(3, min(50, Int(work.seconds / warm))))
    return Plan.Timing(seconds: zip(starts, starts.dropFirst()).map { ($1 - $0).inSeconds })
  }
}
