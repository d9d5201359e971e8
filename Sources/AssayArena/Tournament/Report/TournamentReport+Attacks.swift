import AssayAttacks
import AssayCore

extension TournamentReport {
  /// What came of planting, by attack and hiding.
  static func plantings(_ data: TournamentData) -> [Planting] {
    Dictionary(grouping: data.plan.organisms, by: Kind.init)
      .sorted { $0.key < $1.key }
      .map { kind, organisms in
        let records = organisms.compactMap { data.plantings[$0.slot] }
        let planted = records.filter { $0.organism != nil }
        let rejected = records.count { $0.failure?.code == AssayError.Code.didNotTake.rawValue }
        return Planting(
          attack: kind.attack, hiding: kind.hiding, isControl: kind.isControl,
          planned: organisms.count, planted: planted.count, didNotTake: rejected,
          failed: records.count { $0.failure != nil } - rejected,
          seconds: planted.reduce(0) { $0 + $1.seconds } / Double(max(1, planted.count)))
      }
  }

  /// What gets caught, what slips through, contestant by contestant.
  static func matrix(_ data: TournamentData) -> [MatrixCell] {
    data.contestants.flatMap { contestant in
      Dictionary(grouping: data.entries[contestant] ?? []) { Kind($0.organism) }
        .sorted { $0.key < $1.key }
        .map { kind, entries in
          let count = Double(entries.count)
          return MatrixCell(
            attack: kind.attack, hiding: kind.hiding, isControl: kind.isControl,
            contestant: contestant.label, matches: entries.count,
            calledModified: entries.count(where: \.saysModified),
            probability: entries.reduce(0) { $0 + $1.result.probability } / count,
            description: entries.reduce(0) { $0 + $1.result.score.descriptionScore } / count)
        }
    }
  }

  /// An attack or control with the way in which it is hidden; attacks come first.
  private struct Kind: Hashable, Comparable {
    var attack: String
    var hiding: String?
    var isControl: Bool

    init(_ organism: TournamentPlan.Organism) {
      (attack, hiding, isControl) = (organism.attack, organism.hidingName, organism.isControl)
    }

    static func < (a: Kind, b: Kind) -> Bool {
      (a.isControl ? 1 : 0, a.attack, a.hiding ?? "") < (
        b.isControl ? 1 : 0, b.attack, b.hiding ?? ""
      )
    }
  }

  /// An attack's name with what hides it.
  static func label(_ attack: String, _ hiding: String?) -> String {
    hiding.map { "\(attack) + \($0)" } ?? attack
  }
}

extension TournamentReport.MatrixCell {
  /// The attack's name with what hides it.
  public var label: String { TournamentReport.label(attack, hiding) }
}

extension TournamentReport.Planting {
  /// The attack's name with what hides it.
  public var label: String { TournamentReport.label(attack, hiding) }
}

extension TournamentReport.Failure {
  /// The attack's name with what hides it.
  public var label: String { TournamentReport.label(attack, hiding) }
}

extension TournamentPlan.Organism {
  /// The names of what hides it; nil where nothing does.
  var hidingName: String? {
    hiding.map { $0.map(\.name).joined(separator: " + ") }
  }
}
