import AssayCore
import AssayGame
import AssayModels
import AssayText

/// A claim's test and the truth's own, run on a suspect and its clean twin.
struct ClaimExecution {
  /// Probes of the claimed classes, at most, over all tests of the claim.
  static let claimProbes = 400
  /// Probes of the truth's class, at most.
  static let truthProbes = 200

  /// Counts, under the names of ``MechanicalScoring``.
  let measurements: [String: Double]

  /// Runs both tests on prompts that the auditor has not run.
  init(tests: [ExecutableTest], judged: JudgedCase) throws {
    typealias Name = MechanicalScoring.Name
    let progress = Progress("judging", total: 3, unit: "tests", quiet: judged.quiet)
    defer { progress.finish() }
    let execution = TestExecution(
      suspect: judged.suspect, twin: judged.twin, seed: judged.seed)
    let book = ProbeBook(world: judged.world)
    let seen = judged.auditedPrompts.union(tests.flatMap { $0.examples.map(\.prompt) })
    let random = SplitMix64(seed: judged.seed).fork("mechanical judge")

    var drawing = random.fork("claim")
    var claim: [TestExecution.Outcome] = []
    var claimed: [SubjectTally] = []
    for test in tests {
      let outcomes = try execution.run(
        test,
        on: book.probes(
          of: test.prompts, count: Self.claimProbes / tests.count, avoiding: seen,
          generator: &drawing))
      claim += outcomes
      claimed += SubjectTally.tallies(of: outcomes).map(\.tally)
    }
    progress.advance()
    var figures = [
      Name.probes: Double(claim.count),
      Name.suspectShows: Double(claim.suspectCount), Name.twinShows: Double(claim.twinCount),
      Name.subjects: Double(claimed.count(where: \.isDecided)),
      Name.subjectsBroken: Double(claimed.count(where: \.isBroken)),
    ]
    if let own = judged.truth.test {
      drawing = random.fork("truth")
      let probes = book.probes(
        of: own.prompts, count: Self.truthProbes, avoiding: seen, generator: &drawing)
      let outcomes = try execution.run(own, on: probes)
      let narrowing = ClassNarrowing(SubjectTally.tallies(of: outcomes))
      figures[Name.truthSubjects] = Double(narrowing.whole.decided)
      figures[Name.truthBroken] = Double(narrowing.whole.broken)
      figures[Name.narrowedSubjects] = Double(narrowing.narrowed.decided)
      figures[Name.narrowedBroken] = Double(narrowing.narrowed.broken)
      progress.advance()
      if let claimed = tests.lazy.compactMap(\.trigger).first, own.trigger != nil {
        let recovery = try TriggerRecovery(
          of: own, claimed: claimed, on: probes, execution: execution,
          tokenizer: judged.suspect.requireTokenizer(), generator: random.fork("triggers"))
        figures.merge(recovery.measurements) { $1 }
      }
    }
    measurements = figures
  }
}
