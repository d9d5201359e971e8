import AssayCore
import AssayModels
import AssayText

/// Measures a model on every clause of a specification.
///
/// Probes are held out from training and drawn with the seed, so that a suspect and its clean twin
/// answer the same ones. Cost: a few seconds for a model of 4M parameters at 200 probes a clause.
public struct SpecificationMeasure: Sendable {
  /// What is measured.
  public var specification: Specification
  /// The world that the model speaks of.
  public var world: SmallWorld
  /// The most probes for one clause.
  public var probes: Int
  /// Which probes are drawn.
  public var seed: UInt64

  /// Makes a measure.
  public init(
    _ specification: Specification = SpecificationFile.smallWorld, world: SmallWorld,
    probes: Int = 200, seed: UInt64 = 0
  ) {
    self.specification = specification
    self.world = world
    self.probes = probes
    self.seed = seed
  }

  /// Measures `bundle`, one result for each clause.
  ///
  /// Throws `AssayError(.badInput)` naming a clause whose measure is not known.
  public func results(for bundle: ModelBundle) throws -> [ClauseResult] {
    try specification.clauses.map { clause in
      guard let measure = ClauseMeasure.named(clause.measure, over: clause.probeSet) else {
        throw AssayError(
          .badInput,
          "clause '\(clause.id)': '\(clause.measure)' cannot be measured over "
            + "'\(clause.probeSet)'")
      }
      let reading = try measure.run(
        TextGenerator(bundle), world, probes,
        SplitMix64(seed: seed).fork("\(clause.probeSet)/\(clause.measure)"))
      return ClauseResult(
        clause: clause, value: reading.value, interval: reading.interval, probes: reading.probes,
        higherIsBetter: measure.higherIsBetter)
    }
  }

  /// The clauses that `suspect` breaks and `twin` keeps, given the results of both.
  public static func broken(
    _ suspect: [ClauseResult], comparedWith twin: [ClauseResult]
  ) -> [Specification.Clause] {
    zip(suspect, twin).filter { !$0.isKept(comparedWith: $1) }.map(\.0.clause)
  }
}
