import AssayCore
import AssayStore

/// Checks from its files alone whether an evolution took the course that its records give.
///
/// Each round is chosen again from the rounds before it and must come out the same, seeds included; its
/// tournament must be planned as chosen and hold together itself (``TournamentVerification``).
public struct EvolutionVerification: Sendable {
  /// Every check that was made, in order.
  public let checks: [VerificationCheck]

  /// Verifies an evolution of the arena's store.
  ///
  /// Damage is a failed check, not an error; errors are for an evolution that is not there.
  public init(_ folder: EvolutionFolder, arena: Arena) throws {
    let settings = try folder.settings()
    let rounds = try folder.rounds()
    let choice = EvolutionChoice(settings: settings, arena: arena)
    var checks = [
      Self.check("the id follows from the settings", "1 checked") {
        guard try settings.id() == folder.id else {
          throw AssayError(.integrity, "settings.json is not what the id was made from")
        }
      }
    ]
    for (number, round) in rounds.enumerated() {
      checks.append(
        Self.check("round \(number + 1) is what the rounds before lead to", "chosen again") {
          guard try choice.next(after: Array(rounds.prefix(number))) == round else {
            throw AssayError(.integrity, "chosen again from the records, it comes out otherwise")
          }
        })
      let tournament = try TournamentFolder(round.tournament, in: folder.store)
      guard folder.store.tournaments().contains(round.tournament) else { continue }
      checks.append(
        Self.check("round \(number + 1) was planned as chosen", "1 checked") {
          let planned = try TournamentPlan(
            settings.tournament(round: number + 1, round.entries), arena: arena)
          guard try planned == tournament.plan() else {
            throw AssayError(.integrity, "the plan of '\(round.tournament)' is another one")
          }
        })
      checks += try TournamentVerification(tournament, arena: arena).checks.map { check in
        VerificationCheck(
          name: "round \(number + 1): \(check.name)", passed: check.passed, detail: check.detail)
      }
    }
    self.checks = checks
  }

  private static func check(
    _ name: String, _ detail: String, _ body: () throws -> Void
  ) -> VerificationCheck {
    do {
      try body()
      return VerificationCheck(name: name, passed: true, detail: detail)
    } catch let error as AssayError {
      return VerificationCheck(name: name, passed: false, detail: error.message)
    } catch {
      return VerificationCheck(name: name, passed: false, detail: "\(error)")
    }
  }
}
