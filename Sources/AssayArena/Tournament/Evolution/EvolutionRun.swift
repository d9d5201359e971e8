import AssayCore
import AssayStore
import Foundation

/// Plays an evolution round after round; run again, it goes on where it was stopped.
///
/// What is chosen for a round is on disk before anything of it is planted, and follows from the records of
/// the rounds before: killed at any moment, an evolution takes the same course as one left alone, as far
/// as audits give the same when repeated.
public struct EvolutionRun: Sendable {
  private let arena: Arena
  private let settings: EvolutionSettings
  private let folder: EvolutionFolder
  private let executable: URL
  private let workers: Int?

  /// Prepares an evolution; `executable` is the `assay` program.
  ///
  /// Throws `AssayError(.badInput)` naming an attack, option, hiding, auditor, judge or rules that do not
  /// exist.
  public init(
    _ settings: EvolutionSettings, arena: Arena, executable: URL, workers: Int? = nil
  ) throws {
    self.arena = arena
    self.settings = settings
    self.executable = executable
    self.workers = workers
    try settings.validate(arena: arena)
    folder = try EvolutionFolder(settings.id(), in: arena.store)
  }

  /// The evolution's folder.
  public var place: EvolutionFolder { folder }

  /// What a reader of the report should know before it is played.
  public var warnings: [String] {
    guard settings.controlShare < 1.0 / 3 else { return [] }
    return [
      "\(Int((100 * settings.controlShare).rounded())) % of each round's organisms are controls, and "
        + "at least a third should be: false alarms will be known poorly"
    ]
  }

  /// Plays what is not over yet; `announce` is told what each round plays before it begins.
  ///
  /// Throws `AssayError(.forbidden)` while another run of the same evolution is at work.
  public func run(announce: @Sendable (EvolutionRound) -> Void = { _ in }) async throws {
    try folder.write(settings)
    let lock = try FileLock(
      folder.url.appendingPathComponent("lock"),
      refusal: "evolution '\(folder.id)' is being played already")
    defer { withExtendedLifetime(lock) {} }
    let choice = EvolutionChoice(settings: settings, arena: arena)
    for number in 1...settings.rounds {
      var rounds = try folder.rounds()
      if rounds.count < number {
        let next = try choice.next(after: rounds)
        try folder.write(next)
        rounds.append(next)
      }
      let round = rounds[number - 1]
      announce(round)
      let tournament = try settings.tournament(round: number, round.entries)
      _ = try await TournamentRun(
        tournament, arena: arena, executable: executable, workers: workers
      ).run()
    }
  }
}

extension EvolutionSettings {
  /// Checks that everything named exists and that some recipe can be drawn.
  func validate(arena: Arena) throws {
    for arm in space.attacks {
      let attack = try arena.attacks.named(arm.name, kind: "attack")
      guard !attack.isControl else {
        throw AssayError(
          .badInput, "'\(arm.name)' is a control, and an attacker cannot choose it",
          hint: "name it under 'controls'")
      }
    }
    for arm in space.hidings { _ = try arena.hidings.named(arm.name, kind: "hiding") }
    for entry in controls where try !arena.attacks.named(entry.attack, kind: "attack").isControl {
      throw AssayError(
        .badInput, "'\(entry.attack)' is an attack and stands under 'controls'",
        hint: "name it under 'attacks'")
    }
    // Draws of every arm with every hiding show option names that do not exist.
    var random = SplitMix64(seed: seed).fork("validation")
    for arm in space.attacks {
      let recipe = try space.draw(arm, arena: arena, generator: &random)
      _ = try TournamentPlan(
        tournament(
          round: 1, [EvolutionRound.Entry(recipe: recipe, origin: "drawn", seed: 1)]),
        arena: arena)
    }
    for arm in space.hidings {
      let hiding = try arena.hidings.named(arm.name, kind: "hiding")
      var options = arm.options
      for (name, choice) in arm.choices { options[name] = choice.draw(&random) }
      _ = try hiding.options(with: options)
    }
  }
}
