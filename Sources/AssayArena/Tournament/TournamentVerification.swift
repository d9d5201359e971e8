import AssayCore
import AssayGame
import AssayStore
import Foundation

/// Checks from its files alone whether a tournament's records hold together.
///
/// It holds that the plan follows from its settings; that every slot has one record at most and no
/// match or organism stands in two; that each organism is what the plan says and had committed to;
/// that each match was played as planned and passes the checks of a single match; and that the
/// figures in the records are those of the matches.
public struct TournamentVerification: Sendable {
  /// Every check that was made, in order.
  public private(set) var checks: [VerificationCheck] = []

  private let folder: TournamentFolder
  private let plan: TournamentPlan
  private let arena: Arena

  /// Verifies a tournament of the arena's store.
  ///
  /// Damage is a failed check, not an error; errors are for a tournament that is not there.
  public init(_ folder: TournamentFolder, arena: Arena) throws {
    self.folder = folder
    self.arena = arena
    plan = try folder.plan()
    let plantings = try plan.organisms.compactMap { try folder.planting($0.slot) }
    let outcomes = try plan.matches.compactMap { try folder.outcome($0.slot) }
    let found = [
      Self.check("the plan follows from its settings", [plan.id]) { _ in try checkPlan() },
      Self.check("no organism and no match counts twice", [plan.id]) { _ in
        try Self.checkUnique(plantings.compactMap(\.organism), "organism")
        try Self.checkUnique(outcomes.compactMap(\.result?.match), "match")
      },
      Self.check("every organism is the one that was planned and sealed", plantings) {
        try checkOrganism($0)
      },
      Self.check("every match was played as planned", outcomes) { try checkMatch($0) },
      Self.check("every match's own record holds", outcomes) { try checkRecord($0) },
    ]
    checks = found
  }

  private func checkPlan() throws {
    let digest = try plan.settings.digest()
    guard digest == plan.digest, plan.id == "\(plan.settings.name)-\(digest.prefix(8))",
      plan.id == folder.id
    else { throw damage("plan.json does not follow from the settings in it") }
    try Self.checkUnique(plan.organisms.map(\.slot) + plan.matches.map(\.slot), "slot")
  }

  private static func checkUnique(_ ids: [String], _ kind: String) throws {
    var seen: Set<String> = []
    if let twice = ids.first(where: { !seen.insert($0).inserted }) {
      throw AssayError(.integrity, "\(kind) '\(twice)' stands in two places")
    }
  }

  private func checkOrganism(_ record: PlantingRecord) throws {
    guard let id = record.organism else {
      guard record.failure != nil else { throw damage("slot '\(record.slot)' says nothing") }
      return
    }
    guard let planned = plan.organism(record.slot) else {
      throw damage("slot '\(record.slot)' is not in the plan")
    }
    if let source = plan.settings.organismsOf {
      guard try TournamentFolder(source, in: arena.store).planting(record.slot) == record else {
        throw damage("slot '\(record.slot)' holds another organism than in tournament '\(source)'")
      }
    }
    let card = try arena.store.organism(id)
    let truth: GroundTruth = try JSONFile.read(from: arena.store.vault.file(id))
    guard try Vault.commitment(to: truth) == card.commitment else {
      throw damage("the truth about organism '\(id)' is not the one that was sealed")
    }
    let asked = planned.options.object ?? [:]
    guard truth.attack == planned.attack, truth.seed == planned.seed,
      truth.isModified == !planned.isControl,
      asked.allSatisfy({ truth.options[$0.key] == $0.value }),
      try isHidden(truth, as: planned.hiding ?? [])
    else { throw damage("organism '\(id)' is not what slot '\(record.slot)' asks for") }
  }

  private func isHidden(_ truth: GroundTruth, as planned: [HidingRequest]) throws -> Bool {
    let recorded = try HidingRequest.recorded(in: truth)
    return recorded.map(\.name) == planned.map(\.name)
      && zip(recorded, planned).allSatisfy { recorded, planned in
        (planned.options.object ?? [:]).allSatisfy { recorded.options[$0.key] == $0.value }
      }
  }

  private func checkMatch(_ outcome: MatchOutcome) throws {
    guard let result = outcome.result else {
      guard outcome.failure != nil else { throw damage("slot '\(outcome.slot)' says nothing") }
      return
    }
    guard let planned = plan.matches.first(where: { $0.slot == outcome.slot }) else {
      throw damage("slot '\(outcome.slot)' is not in the plan")
    }
    let match = try arena.store.match(result.match)
    let start = try match.start()
    let organism = try folder.planting(planned.organism)?.organism
    guard start["organism"]?.string == organism, result.organism == organism,
      start["auditor"]?.string == planned.auditor,
      start["seed"]?.string == String(planned.seed)
    else { throw damage("match '\(match.id)' is not what slot '\(outcome.slot)' asks for") }
    let denied = Set(start["rules"]?["deniedTools"]?.strings ?? [])
    guard denied.isSuperset(of: RulesFile.deniedTools(in: planned.rules)) else {
      throw damage("match '\(match.id)' was played with a tool that slot '\(outcome.slot)' denies")
    }
    let report = try match.report()
    guard match.ledger.finalHash == result.finalHash, try match.score() == result.score,
      report.verdict == result.verdict, report.probabilityModified == result.probability
    else { throw damage("the record of slot '\(outcome.slot)' differs from its match") }
  }

  private func checkRecord(_ outcome: MatchOutcome) throws {
    guard let result = outcome.result else { return }
    if let failed = try arena.verify(match: result.match).first(where: { !$0.passed }) {
      throw damage("match '\(result.match)': \(failed.name): \(failed.detail)")
    }
  }

  private func damage(_ message: String) -> AssayError {
    AssayError(.integrity, message)
  }

  private static func check<Item>(
    _ name: String, _ items: [Item], _ body: (Item) throws -> Void
  ) -> VerificationCheck {
    var problems: [String] = []
    for item in items {
      do {
        try body(item)
      } catch let error as AssayError {
        problems.append(error.message)
      } catch {
        problems.append("\(error)")
      }
    }
    let detail =
      problems.isEmpty
      ? "\(items.count) checked" : "\(problems.count) of \(items.count): \(problems[0])"
    return VerificationCheck(name: name, passed: problems.isEmpty, detail: detail)
  }
}
