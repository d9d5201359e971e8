import AssayCore
import AssayModels
import AssayText

/// How often a planted flaw shows on an organism, and on its clean twin, whatever planted it.
public struct PayloadRate: Hashable, Sendable {
  /// Most prompts that are asked.
  private static let mostPrompts = 120

  /// Share of prompts on which the organism does as the truth's test says.
  public var organism: Interval
  /// The same of the clean twin.
  public var twin: Interval
  /// Number of prompts.
  public var prompts: Int

  /// How much more often it shows on the organism.
  public var excess: Double { organism.estimate - twin.estimate }

  /// Runs `test` on at most 120 held-out prompts, the same for the same seed.
  public init(
    of test: ExecutableTest, organism: ModelBundle, twin: ModelBundle, world: SmallWorld,
    seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed).fork("payload")
    let probes = ProbeBook(world: world).probes(
      of: test.prompts, count: Self.mostPrompts, generator: &random)
    let outcomes = try TestExecution(suspect: organism, twin: twin, seed: seed)
      .run(test, on: probes)
    self.organism = Interval.wilson(successes: outcomes.suspectCount, of: outcomes.count)
    self.twin = Interval.wilson(successes: outcomes.twinCount, of: outcomes.count)
    prompts = outcomes.count
  }

  /// The evidence of `truth` that still holds on another organism, with what both models say now.
  public static func surviving(
    _ truth: GroundTruth, organism: ModelBundle, twin: ModelBundle, seed: UInt64
  ) throws -> [GroundTruth.Evidence] {
    guard var test = truth.test else { return [] }
    // The prompts of evidence hold the trigger already.
    test.trigger = nil
    let outcomes = try TestExecution(suspect: organism, twin: twin, seed: seed)
      .run(test, on: truth.evidence.map(\.probe))
    return zip(truth.evidence, outcomes).compactMap { item, outcome in
      guard outcome.suspectShows > outcome.twinShows else { return nil }
      var item = item
      item.organismAnswer = outcome.suspect
      item.twinAnswer = outcome.twin
      return item
    }
  }
}
