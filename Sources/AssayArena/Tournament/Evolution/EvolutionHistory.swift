import AssayCore
import AssayStore

/// What came of the rounds that were played: each organism of the attacker with its matches.
struct EvolutionHistory {
  /// One match on an organism with a flaw.
  struct Bout {
    var contestant: String
    var result: MatchOutcome.Result
    var attacker: AttackerScore

    /// The attacker wins a match when less than half of its flaw is described.
    var escaped: Bool { attacker.escaped > 0.5 }
  }

  /// One organism of the attacker.
  struct Trial {
    var round: Int
    var entry: EvolutionRound.Entry
    var base: String
    /// The organism's id; nil where it could not be planted.
    var organism: String?
    /// Why not.
    var failure: String?
    var bouts: [Bout]

    /// The attacker's score over all auditors, 0 where nothing was planted; nil where no match was
    /// played to its end.
    var score: Double? {
      if organism == nil { return 0 }
      guard !bouts.isEmpty else { return nil }
      return bouts.reduce(0) { $0 + $1.attacker.total } / Double(bouts.count)
    }
  }

  /// One match on a control.
  struct Check {
    var round: Int
    var control: String
    var contestant: String
    var result: MatchOutcome.Result
  }

  var trials: [Trial] = []
  var checks: [Check] = []
  var failedMatches = 0

  /// Reads what is over of the tournaments of `rounds`.
  init(_ rounds: [EvolutionRound], store: MatchStore) throws {
    for round in rounds {
      try add(round, TournamentData(TournamentFolder(round.tournament, in: store)))
    }
  }

  private mutating func add(_ round: EvolutionRound, _ data: TournamentData) throws {
    failedMatches += data.failed.count { $0.failure.attempts > 0 }
    let entries = data.contestants.flatMap { contestant in
      (data.entries[contestant] ?? []).map { (contestant: contestant.label, entry: $0) }
    }
    for base in data.plan.settings.bases {
      for played in round.entries {
        guard
          let organism = data.plan.organisms.first(where: {
            $0.base == base && $0.seed == played.seed && $0.attack == played.recipe.attack
          }), let planting = data.plantings[organism.slot]
        else { continue }
        let bouts = entries.filter { $0.entry.organism.slot == organism.slot }.compactMap { match in
          match.entry.result.score.attacker.map {
            Bout(contestant: match.contestant, result: match.entry.result, attacker: $0)
          }
        }
        trials.append(
          Trial(
            round: round.round, entry: played, base: base, organism: planting.organism,
            failure: planting.failure?.reason, bouts: bouts))
      }
    }
    checks += entries.filter { !$0.entry.isFlawed }
      .sorted { ($0.contestant, $0.entry.match.slot) < ($1.contestant, $1.entry.match.slot) }
      .map {
        Check(
          round: round.round, control: $0.entry.organism.attack, contestant: $0.contestant,
          result: $0.entry.result)
      }
  }
}
