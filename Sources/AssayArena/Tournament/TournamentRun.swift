import AssayCore
import AssayStore
import Foundation

/// Plays a tournament with worker processes; run again, it goes on where it was stopped.
///
/// All organisms are planted first, then all matches are played, both in an order drawn by seed:
/// when an audit begins, times on disk tell nothing about what was planted. A worker that dies loses
/// the job that it was doing; that is tried once more and then recorded as failed.
public struct TournamentRun: Sendable {
  private let arena: Arena
  private let executable: URL
  /// What is played.
  let plan: TournamentPlan
  /// Where its records lie.
  let folder: TournamentFolder
  /// Worker processes at a time.
  let workers: Int
  private let retriesFailures: Bool
  private let isWanted: @Sendable (TournamentPlan.Match) -> Bool

  /// Prepares the tournament that `settings` describe; `executable` is the `assay` program.
  ///
  /// Matches that are not wanted stay open.
  public init(
    _ settings: TournamentSettings, arena: Arena, executable: URL, workers: Int? = nil,
    retriesFailures: Bool = false,
    only isWanted: @escaping @Sendable (TournamentPlan.Match) -> Bool = { _ in true }
  ) throws {
    self.arena = arena
    self.executable = executable
    self.retriesFailures = retriesFailures
    self.isWanted = isWanted
    plan = try TournamentPlan(settings, arena: arena)
    folder = try TournamentFolder(plan.id, in: arena.store)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    self.workers = workers ?? settings.workers ?? max(1, cores / settings.threads)
  }

  /// What will be done.
  public var warnings: [String] { plan.warnings }

  /// Plays what is not over yet.
  ///
  /// Throws `AssayError(.forbidden)` while another run of the same tournament is at work.
  public func run() async throws -> TournamentSummary {
    let started = ContinuousClock.now
    for name in ["workers", "pace"] { try folder.makeFolder(name) }
    let lock = try FileLock(
      folder.url.appendingPathComponent("lock"),
      refusal: "tournament '\(plan.id)' is being played already")
    defer { withExtendedLifetime(lock) {} }
    let token = RandomName.make()
    try AtomicFile.write(
      Data(token.utf8), to: folder.url.appendingPathComponent(TournamentWorker.tokenFile))
    // Workers of a run that was killed end by themselves; until then nothing may be swept.
    _ = try FileLock(
      folder.url.appendingPathComponent(TournamentWorker.presenceFile), patience: 60,
      refusal: "workers of an earlier run of tournament '\(plan.id)' are still there")
    try folder.write(plan)
    try folder.sweep()
    if retriesFailures { try folder.forgetFailures(plan) }
    try adoptPlantings()

    let plantings = try plan.organisms.map(\.slot).filter { try folder.planting($0) == nil }
    var pace = TournamentPace(workers: workers)
    pace.planting = try await perform(
      plantings.map(TournamentJob.plant), label: "planting", unit: "organisms", token: token
    ) { [pace] in try folder.write(pace.planting($0), run: token) }
    try levelTimes()
    try failUnplanted()
    let matches = try plan.matches.filter(isWanted).map(\.slot)
      .filter { try folder.outcome($0) == nil }
    pace.playing = try await perform(
      matches.map(TournamentJob.play), label: "playing", unit: "matches", token: token
    ) { [pace] in try folder.write(pace.playing($0), run: token) }
    try arena.store.index().refresh()
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    return try TournamentSummary(folder, plan: plan, pace: pace, seconds: seconds)
  }

  // MARK: Lanes

  /// Does `jobs`; `note` hears after each of them how far it has come.
  private func perform(
    _ jobs: [TournamentJob], label: String, unit: String, token: String,
    note: @escaping @Sendable (TournamentPace.Phase) throws -> Void
  ) async throws -> TournamentPace.Phase {
    guard !jobs.isEmpty else { return TournamentPace.Phase() }
    let started = ContinuousClock.now
    let done = Locked(TournamentPace.Phase())
    let progress = AssayCore.Progress(label, total: jobs.count, unit: unit, quiet: arena.quiet)
    let queue = Locked(jobs[...])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<min(workers, jobs.count) {
        group.addTask {
          var worker: WorkerProcess?
          while let job = queue.withLock({ $0.popFirst() }) {
            worker = try await finish(job, with: worker, lane: lane, token: token)
            progress.advance()
            try done.withLock { done in
              done.jobs += 1
              done.seconds = (ContinuousClock.now - started) / .seconds(1)
              try note(done)
            }
          }
          await worker?.stop()
        }
      }
      try await group.waitForAll()
    }
    progress.finish()
    return done.withLock { $0 }
  }

  /// Brings one job to its record; returns the worker if it is still alive.
  private func finish(
    _ job: TournamentJob, with given: WorkerProcess?, lane: Int, token: String
  ) async throws -> WorkerProcess? {
    var worker = given
    while true {
      let current = try worker ?? start(lane, token: token)
      let ending = await current.perform(
        job, limit: plan.settings.limitSeconds, isRecorded: { folder.isOver(job) })
      switch ending {
      case .replied:
        return current
      case .recorded:
        // The worker may not have come to clear its claim.
        try folder.sweep(job.slot)
        return nil
      case .died(let reason, let log, let killed):
        worker = nil
        // Whoever kills the whole tree kills this process a moment later, and then the job is not
        // to blame.
        if killed { try await Task.sleep(for: .milliseconds(500)) }
        try folder.sweep(job.slot)
        let crashes = try folder.countCrash(job.slot)
        guard crashes < Self.mostAttempts else {
          try folder.fail(job, TournamentFailure(reason: reason, log: log, attempts: crashes))
          return nil
        }
      }
    }
  }

  /// A job whose worker died is tried this often in all.
  private static let mostAttempts = 2

  private func start(_ lane: Int, token: String) throws -> WorkerProcess {
    try WorkerProcess(
      executable,
      arguments: [
        "tournament", "work", plan.id, "--token", token, "--store", arena.store.root.path,
      ], threads: plan.settings.threads, log: folder.logFile(lane))
  }

  // MARK: Records

  /// Takes over how the plantings of the tournament ended whose organisms are played on.
  private func adoptPlantings() throws {
    guard let source = plan.settings.organismsOf else { return }
    let original = try TournamentFolder(source, in: arena.store)
    for organism in plan.organisms {
      guard let record = try original.planting(organism.slot) else {
        throw AssayError(
          .notFound, "an organism of tournament '\(source)' was not planted yet",
          hint: "play that one to its end first")
      }
      if try folder.planting(organism.slot) != record { try folder.write(record) }
    }
  }

  /// Matches on organisms that could not be made have failed before they begin.
  private func failUnplanted() throws {
    for match in plan.matches where try folder.outcome(match.slot) == nil {
      guard let failure = try folder.planting(match.organism)?.failure else { continue }
      let reason = "its organism was not planted: \(failure.reason)"
      try folder.write(
        MatchOutcome(
          slot: match.slot, failure: TournamentFailure(reason: reason, attempts: 0)))
    }
  }

  /// Touches every organism's files once more, in an order drawn by seed, so that the times at which
  /// the system saw them change tell neither the order nor the length of planting.
  private func levelTimes() throws {
    var random = SplitMix64(seed: plan.settings.seed).fork("times/\(plan.digest)")
    for organism in random.shuffled(plan.organisms) {
      guard let id = try folder.planting(organism.slot)?.organism else { continue }
      try MatchStore.normaliseTimes(in: arena.store.organismFolder(id))
    }
  }
}
