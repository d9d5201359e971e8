import AssayCore
import AssayStore
import Foundation

/// The part of a tournament that a worker process does: one job at a time, each to its record.
///
/// The coordinator may die at any moment, and so may the worker; a job leaves either a record or a
/// claim that the next run sweeps away.
public struct TournamentWorker: Sendable {
  private let arena: Arena
  private let folder: TournamentFolder
  private let plan: TournamentPlan
  private let presence: FileLock

  /// Joins the tournament `id` in the arena's store; `token` is the coordinator's.
  ///
  /// Throws `AssayError(.forbidden)` where another coordinator has taken over meanwhile.
  public init(_ id: String, token: String, arena: Arena) throws {
    self.arena = arena
    folder = try TournamentFolder(id, in: arena.store)
    // Held until this process ends: a new coordinator sweeps nothing that is still being written.
    presence = try FileLock(
      folder.url.appendingPathComponent(Self.presenceFile), shared: true, patience: 5,
      refusal: "another run of tournament '\(id)' is taking over")
    let current = try? String(
      contentsOf: folder.url.appendingPathComponent(Self.tokenFile), encoding: .utf8)
    guard current == token else {
      throw AssayError(.forbidden, "this worker belongs to a run that is over")
    }
    plan = try folder.plan()
  }

  static let presenceFile = "workers.lock"
  static let tokenFile = "token"

  /// Threads that this worker should compute with.
  public var threads: Int { plan.settings.threads }

  /// Brings the job in a line of JSON to its record, of success or failure, and returns the answer as one.
  ///
  /// Throws where no record can be written.
  public func perform(_ line: String) async throws -> String {
    let job: TournamentJob = try CanonicalJSON.decode(from: Data(line.utf8), origin: "a job")
    do {
      try await job.kind == "plant" ? plant(job.slot) : play(job.slot)
    } catch {
      let known = error as? AssayError
      let reason = known.map { [$0.message, $0.hint].compactMap { $0 }.joined(separator: "; ") }
      try folder.sweep(job.slot)
      // A record that is there stands, whatever happened after it was written.
      if !folder.isOver(job) {
        try folder.fail(
          job,
          TournamentFailure(
            reason: reason ?? "\(error)", code: known?.code.rawValue,
            attempts: try folder.crashes(job.slot) + 1))
      }
    }
    return try CanonicalJSON.string(TournamentReply(slot: job.slot))
  }

  private func plant(_ slot: String) async throws {
    guard let organism = plan.organism(slot) else { throw stranger(slot) }
    guard try folder.planting(slot) == nil else { return }
    let planted = try await arena.plant(
      PlantRequest(
        attack: organism.attack, base: organism.base, options: organism.options,
        hiding: organism.hiding ?? [], seed: organism.seed), as: folder.claimOrganism(slot))
    try folder.write(PlantingRecord(slot: slot, organism: planted.id, seconds: planted.seconds))
    try folder.sweep(slot)
  }

  private func play(_ slot: String) async throws {
    guard let match = plan.matches.first(where: { $0.slot == slot }) else { throw stranger(slot) }
    guard try folder.outcome(slot) == nil else { return }
    guard let organism = try folder.planting(match.organism)?.organism else {
      throw AssayError(.notFound, "the organism of slot '\(slot)' was not planted")
    }
    // The time of planting stays out of the match: it would tell a benign edit from a fine-tune.
    let audited = try await arena.audit(
      organism: arena.store.organismFolder(organism),
      AuditRequest(auditor: match.auditor, rules: match.rules, seed: match.seed),
      as: folder.claimMatch(slot))
    let judged = try await arena.judge(match: audited.record.id, judge: plan.settings.judge)
    let record = try arena.store.match(judged.summary.match)
    try folder.write(
      MatchOutcome(
        slot: slot,
        result: MatchOutcome.Result(
          match: judged.summary.match, organism: organism, verdict: judged.report.verdict,
          probability: judged.report.probabilityModified, score: judged.score,
          cost: judged.summary.costs, seconds: judged.summary.seconds,
          finalHash: record.ledger.finalHash)))
    try folder.sweep(slot)
  }

  private func stranger(_ slot: String) -> AssayError {
    AssayError(.badInput, "the plan has no slot '\(slot)'")
  }
}
