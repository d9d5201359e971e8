import AssayCore
import AssayStore

/// A tournament's plan with everything that came of it, as its report reads it.
struct TournamentData {
  /// One finished match with what was planted.
  struct Entry {
    var organism: TournamentPlan.Organism
    var match: TournamentPlan.Match
    var result: MatchOutcome.Result

    var isFlawed: Bool { !organism.isControl }
    var saysModified: Bool { result.verdict == .modified }
  }

  /// An auditor under one set of rules.
  struct Contestant: Hashable {
    var auditor: String
    var rules: String
    var label: String
  }

  var plan: TournamentPlan
  var plantings: [String: PlantingRecord]
  var contestants: [Contestant]
  var entries: [Contestant: [Entry]]
  var failed: [(match: TournamentPlan.Match, failure: TournamentFailure)]
  var open: Int

  init(_ folder: TournamentFolder) throws {
    let plan = try folder.plan()
    self.plan = plan
    let several = plan.settings.rules.count > 1
    let contestants = plan.settings.auditors.flatMap { auditor in
      plan.settings.rules.map { rules in
        Contestant(
          auditor: auditor, rules: rules, label: several ? "\(auditor) · \(rules)" : auditor)
      }
    }
    self.contestants = contestants
    let places = Dictionary(contestants.map { ($0.auditor + "\n" + $0.rules, $0) }) { $1 }
    plantings = [:]
    for organism in plan.organisms {
      plantings[organism.slot] = try folder.planting(organism.slot)
    }
    entries = [:]
    failed = []
    var waiting: Set<String> = []
    var scored: Set<String> = []
    open = 0
    let organisms = Dictionary(plan.organisms.map { ($0.slot, $0) }) { $1 }
    for match in plan.matches {
      guard let contestant = places[match.auditor + "\n" + match.rules],
        let organism = organisms[match.organism]
      else {
        throw AssayError(.corrupt, "the plan of '\(plan.id)' does not hold together")
      }
      guard let outcome = try folder.outcome(match.slot) else {
        open += 1
        waiting.insert(organism.slot)
        continue
      }
      if let result = outcome.result {
        if !organism.isControl { scored.insert(organism.slot) }
        entries[contestant, default: []].append(
          Entry(organism: organism, match: match, result: result))
      } else if let failure = outcome.failure {
        failed.append((match, failure))
      }
    }
    tried = scored.subtracting(waiting)
  }

  /// The same with the matches of some auditors alone.
  func only(_ auditors: [String]) -> TournamentData {
    var other = self
    other.contestants = contestants.filter { auditors.contains($0.auditor) }
    other.entries = entries.filter { auditors.contains($0.key.auditor) }
    other.failed = failed.filter { auditors.contains($0.match.auditor) }
    return other
  }

  /// Slots of flawed organisms that every contestant is done with.
  let tried: Set<String>

  /// The place of an organism in the cluster bootstrap.
  static func place(_ organism: TournamentPlan.Organism) -> ClusterBootstrap.Place {
    ClusterBootstrap.Place(
      stratum: organism.isControl ? "control" : "flawed",
      cluster: organism.base + "/" + organism.attack)
  }
}
