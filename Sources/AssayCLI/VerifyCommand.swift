import ArgumentParser
import AssayArena
import AssayCore
import AssayStore

/// `assay verify`: checks that records were not changed and that scores follow from them.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks the record of a match, tournament or evolution: chain, commitments, scores.",
    discussion: """
      Exit code 1 when a check fails.

      Examples:
        assay verify ID
        assay verify runs/tournaments/ID
      """)

  @Argument(help: "The id or folder of a match, tournament or evolution.")
  var match: String

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let folder = store.url(containing: match, kind: "matches")
    let above = store.url(containing: match, kind: "tournaments")
    let arena = Arena(store: folder, quiet: output.quiet)
    let tournaments = Arena(store: above, quiet: output.quiet)
    let evolutions = Arena(
      store: store.url(containing: match, kind: "evolutions"), quiet: output.quiet)
    let checks: [VerificationCheck]
    if evolutions.store.evolutions().contains(Arena.id(match)) {
      checks = try EvolutionVerification(
        EvolutionFolder(Arena.id(match), in: evolutions.store), arena: evolutions
      ).checks
    } else if tournaments.store.tournaments().contains(Arena.id(match)) {
      checks = try TournamentVerification(
        TournamentFolder(Arena.id(match), in: tournaments.store), arena: tournaments
      ).checks
    } else {
      checks = try arena.verify(match: match)
    }
    let passed = checks.allSatisfy(\.passed)
    let console = Console.current
    if output.json {
      try console.json(Verified(match: match, verified: passed, checks: checks))
    } else {
      GameText(console).checks(checks)
    }
    if !passed { throw ExitCode(1) }
  }

  private struct Verified: Encodable {
    var match: String
    var verified: Bool
    var checks: [VerificationCheck]
  }
}
