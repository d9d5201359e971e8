import AssayCore
import AssayTensor
import Foundation

/// Trains the members of a population together, each on its own data, at its own rate and length.
///
/// ```swift
/// let members = sources.map { PopulationTrainer.Member(configuration, source: $0) }
/// let records = try PopulationTrainer(members).run(base, population)
/// ```
///
/// The result is that of `Trainer` on each adapter alone, to rounding. What makes it faster: every
/// pass takes the rows of many members through the shared weights as one product; no changed matrix
/// and no gradient of a frozen one is ever made; logits exist only where a prediction counts; what
/// lies below the lowest changed module is outside of the graph. A member that has done its steps
/// leaves, and its factors stay as they are. A run that was killed starts over: there are no
/// checkpoints.
public final class PopulationTrainer: Sendable {
  /// How one member is trained, and on what.
  public struct Member: Sendable {
    /// Steps, rates, clipping, decay and accumulation.
    ///
    /// Its label and checkpoints play no part.
    public var configuration: TrainingConfiguration
    /// What it learns.
    public var source: any TokenSource
    /// What holds it to the base; nil: nothing.
    public var anchor: DivergenceAnchor?

    /// A member that learns `source`.
    public init(
      _ configuration: TrainingConfiguration, source: any TokenSource,
      anchor: DivergenceAnchor? = nil
    ) {
      self.configuration = configuration
      self.source = source
      self.anchor = anchor
    }
  }

  /// How each member is trained.
  public let members: [Member]
  /// The most tokens in one pass; more members than fit take turns within a step.
  ///
  /// Beyond some thousand tokens a pass gains nothing: its activations leave the processor's cache.
  public let tokensPerPass: Int
  private let label: String
  private let quiet: Bool

  /// A trainer of `members`; a population has as many.
  public init(
    _ members: [Member], tokensPerPass: Int = 4096, label: String = "training population",
    quiet: Bool = false
  ) {
    self.members = members
    self.tokensPerPass = max(1, tokensPerPass)
    self.label = label
    self.quiet = quiet
  }

  /// Trains `population` on `base`, whose weights stay as they are.
  ///
  /// Gives a record for each member; a member's seconds are its share of each step. Throws
  /// `.badInput` where members and population do not fit or a loss is not finite; what was learned
  /// up to there is kept.
  public func run(
    _ base: DecoderModel, _ population: LowRankPopulation
  ) throws -> [TrainingRecord] {
    try check(population)
    // Those with the most steps first, so that the members still learning stand side by side.
    let order = members.indices.sorted {
      (-members[$0].configuration.steps, $0) < (-members[$1].configuration.steps, $1)
    }
    let run = try PopulationRun(
      base, population.copy(of: order), order.map { members[$0] }, numbers: order, tokensPerPass)
    defer {
      withoutGrad {
        for (at, index) in order.enumerated() { population.values[index].copy_(run.values[at]) }
      }
    }
    let total = members.reduce(0) {
      $0 + $1.configuration.steps * $1.configuration.accumulation * $1.source.tokensPerBatch
    }
    let progress = Progress(label, total: total, unit: "tokens", quiet: quiet)
    defer { progress.finish() }
    for step in 0..<(order.first.map { members[$0].configuration.steps } ?? 0) {
      let active = order.prefix { members[$0].configuration.steps > step }
      try run.step(step, active: active.count)
      let losses = run.records.prefix(active.count).compactMap { $0.recentLoss(1) }
      progress.advance(
        by: active.reduce(0) {
          $0 + members[$1].configuration.accumulation * members[$1].source.tokensPerBatch
        },
        note: "step \(step + 1), \(active.count) learning, mean loss "
          + String(format: "%.3f", losses.reduce(0, +) / Double(max(losses.count, 1))))
    }
    var records = [TrainingRecord](repeating: TrainingRecord(), count: members.count)
    for (at, index) in order.enumerated() { records[index] = run.records[at] }
    return records
  }

  private func check(_ population: LowRankPopulation) throws {
    guard population.count == members.count else {
      throw AssayError(
        .badInput,
        "a population of \(population.count) cannot be trained by \(members.count) members' settings",
        hint: "give one member for each adapter")
    }
    let first = members[0].configuration
    for (index, member) in members.enumerated() {
      let other = member.configuration
      guard other.computeDType == first.computeDType,
        other.recomputesActivations ?? false == first.recomputesActivations ?? false
      else {
        throw AssayError(
          .badInput, "member \(index) asks for other arithmetic than the first",
          hint: "computeDType and recomputesActivations are the same for a whole population")
      }
    }
  }
}
