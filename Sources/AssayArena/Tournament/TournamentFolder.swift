import AssayCore
import AssayStore
import Foundation

/// A tournament on disk: its plan and one record for everything that is over.
///
/// ```
/// tournaments/<id>/    plan.json           written first
///                      plantings/<slot>.json   how a planting ended
///                      outcomes/<slot>.json    how a match ended
///                      claims/<slot>.json      the random id that a worker fills now
///                      crashes/<slot>.json     workers that died of it so far
///                      pace/<run>.json         how long each run took so far
///                      workers/<n>.log         their standard error
///                      report/index.html, and ablation.html where one was played
/// ```
///
/// Organisms and matches themselves lie in the store, like any others. Whoever kills a tournament at
/// any moment leaves claims without records; `sweep` removes what they point to.
public struct TournamentFolder: Sendable {
  /// The folder.
  public let url: URL
  /// Where organisms and matches lie.
  public let store: MatchStore

  /// The tournament `id` in `store`; nothing is read or made.
  ///
  /// Throws `AssayError(.badInput)` for what cannot be an id.
  public init(_ id: String, in store: MatchStore) throws {
    self.store = store
    url = try store.tournamentFolder(id)
  }

  /// The tournament's id.
  public var id: String { url.lastPathComponent }
  /// The file with the plan.
  public var planFile: URL { url.appendingPathComponent("plan.json") }
  /// The page for people.
  public var pageFile: URL { url.appendingPathComponent("report/index.html") }

  /// The plan; throws `AssayError(.notFound)` naming the tournaments that there are.
  public func plan() throws -> TournamentPlan {
    guard FileManager.default.fileExists(atPath: planFile.path) else {
      let known = store.tournaments()
      throw AssayError(
        .notFound, "no tournament '\(id)' in '\(store.root.path)'",
        hint: known.isEmpty
          ? "start one with: assay tournament run FILE.yaml"
          : "there are: \(known.joined(separator: ", "))")
    }
    return try JSONFile.read(from: planFile)
  }

  /// Writes the plan, unless it is there already; one that grows takes the place of the smaller one.
  ///
  /// Throws `AssayError(.integrity)` where another plan has this id.
  func write(_ plan: TournamentPlan) throws {
    if FileManager.default.fileExists(atPath: planFile.path) {
      let existing = try self.plan()
      guard existing != plan else { return }
      guard existing.grows(into: plan) else {
        throw AssayError(
          .integrity, "the plan in '\(planFile.path)' is not the one that the file gives now",
          hint: "it was changed, or made by another version: give the tournament another name")
      }
      try JSONFile.write(plan, to: planFile)
      return
    }
    for name in ["plantings", "outcomes", "claims", "crashes", "pace", "workers"] {
      try makeFolder(name)
    }
    try JSONFile.write(plan, to: planFile)
  }

  // MARK: What is over

  /// How the planting in `slot` ended; nil while it is not over.
  public func planting(_ slot: String) throws -> PlantingRecord? {
    try read("plantings", slot)
  }

  /// How the match in `slot` ended; nil while it is not over.
  public func outcome(_ slot: String) throws -> MatchOutcome? {
    try read("outcomes", slot)
  }

  /// Whether a job has its record, of success or failure.
  func isOver(_ job: TournamentJob) -> Bool {
    let record = file(job.kind == "plant" ? "plantings" : "outcomes", job.slot)
    return FileManager.default.fileExists(atPath: record.path)
  }

  /// Writes the record of a job that failed.
  func fail(_ job: TournamentJob, _ failure: TournamentFailure) throws {
    if job.kind == "plant" {
      try write(PlantingRecord(slot: job.slot, seconds: 0, failure: failure))
    } else {
      try write(MatchOutcome(slot: job.slot, failure: failure))
    }
  }

  func write(_ record: PlantingRecord) throws {
    try JSONFile.write(record, to: file("plantings", record.slot))
  }

  func write(_ outcome: MatchOutcome) throws {
    try JSONFile.write(outcome, to: file("outcomes", outcome.slot))
  }

  /// How long all runs together took; nil for a tournament that noted none.
  public func pace() throws -> TournamentPace? {
    TournamentPace(
      try files("pace").filter { !$0.hasPrefix(".") }
        .compactMap { try read("pace", String($0.dropLast(".json".count))) })
  }

  func write(_ pace: TournamentPace, run: String) throws {
    try JSONFile.write(pace, to: file("pace", run))
  }

  // MARK: What is under way

  private struct Claim: Codable {
    var organism: String?
    var match: String?
  }

  /// Draws the id of an organism that is about to be planted, and notes it first.
  func claimOrganism(_ slot: String) throws -> String {
    let id = RandomName.make()
    try JSONFile.write(Claim(organism: id), to: file("claims", slot))
    return id
  }

  /// Draws the id of a match that is about to be played, and notes it first.
  func claimMatch(_ slot: String) throws -> String {
    let id = RandomName.make()
    try JSONFile.write(Claim(match: id), to: file("claims", slot))
    return id
  }

  /// Removes what was begun in `slot` and never finished.
  func sweep(_ slot: String) throws {
    guard let claim: Claim = try read("claims", slot) else { return }
    if let id = claim.organism, try planting(slot)?.organism != id {
      try store.removeOrganism(id)
    }
    if let id = claim.match, try outcome(slot)?.result?.match != id {
      try store.removeMatch(id)
    }
    try remove("claims", slot)
  }

  /// Removes everything that was begun and never finished, and files that were never renamed.
  func sweep() throws {
    for name in [".", "plantings", "outcomes", "claims", "crashes", "pace", "workers"] {
      for file in try files(name) where file.hasPrefix(".") && file.hasSuffix(".tmp") {
        try? FileManager.default.removeItem(at: url.appendingPathComponent("\(name)/\(file)"))
      }
    }
    for file in try files("claims") where !file.hasPrefix(".") {
      try sweep(String(file.dropLast(".json".count)))
    }
  }

  /// How often a worker has died of `slot` so far.
  func crashes(_ slot: String) throws -> Int { try read("crashes", slot) ?? 0 }

  /// Counts one more death of a worker.
  func countCrash(_ slot: String) throws -> Int {
    let count = try crashes(slot) + 1
    try JSONFile.write(count, to: file("crashes", slot))
    return count
  }

  /// Forgets failures, so that what failed is tried again.
  func forgetFailures(_ plan: TournamentPlan) throws {
    for organism in plan.organisms where try planting(organism.slot)?.failure != nil {
      try remove("plantings", organism.slot)
      try remove("crashes", organism.slot)
    }
    for match in plan.matches where try outcome(match.slot)?.failure != nil {
      try remove("outcomes", match.slot)
      try remove("crashes", match.slot)
    }
  }

  // MARK: Places

  func logFile(_ worker: Int) -> URL { url.appendingPathComponent("workers/\(worker).log") }

  /// Makes a folder in the tournament's.
  func makeFolder(_ name: String) throws {
    let folder = url.appendingPathComponent(name, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot make the folder '\(folder.path)'",
        hint: "choose a store that you may write to")
    }
  }

  private func file(_ kind: String, _ slot: String) -> URL {
    url.appendingPathComponent("\(kind)/\(slot).json")
  }

  private func files(_ kind: String) throws -> [String] {
    let folder = url.appendingPathComponent(kind, isDirectory: true)
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
      .filter { $0.hasPrefix(".") || $0.hasSuffix(".json") }
  }

  private func read<Value: Decodable>(_ kind: String, _ slot: String) throws -> Value? {
    let url = file(kind, slot)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    return try JSONFile.read(from: url)
  }

  private func remove(_ kind: String, _ slot: String) throws {
    let url = file(kind, slot)
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      throw AssayError(.io, "cannot remove '\(url.path)'")
    }
  }
}
