import ArgumentParser
import AssayArena
import AssayCore
import Foundation

/// `assay tournament run`: plays a tournament, or goes on with one.
struct TournamentRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Plays a tournament; run again, it goes on where it stopped.",
    discussion: """
      The file says what is planted, who audits and under which rules. Workers are processes of \
      their own: one that crashes loses one match, which is tried once more. Whatever was killed \
      is begun anew; a match counts only when its record is complete.

      Example:
        assay tournament run Examples/tournaments/smallworld-small.yaml
        assay tournament report smallworld-small-…
      """)

  @Argument(help: ArgumentHelp("The tournament.", valueName: "file.yaml"))
  var file: String

  @OptionGroup var pool: WorkerOptions

  @Flag(help: "Try again what failed in earlier runs.")
  var retryFailed = false

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let console = Console.current
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let settings = try TournamentFile.read(URL(fileURLWithPath: file))
    let run = try TournamentRun(
      settings, arena: arena, executable: try Self.executable(), workers: pool.workers,
      retriesFailures: retryFailed)
    for warning in run.warnings { console.note("warning: \(warning)") }
    let summary = try await run.run()
    for failure in summary.failures { console.note("failed: \(failure)") }
    if output.json {
      try console.json(summary)
    } else {
      console.line(
        "\(summary.matches) matches on \(summary.organisms) organisms, \(summary.matchesFailed) "
          + "failed; \(summary.played) played now, in "
          + String(format: "%.0f s", summary.seconds))
      let rates = [
        summary.organismsPerHour.map { String(format: "%.0f organisms an hour", $0) },
        summary.matchesPerHour.map { String(format: "%.0f matches an hour", $0) },
      ].compactMap { $0 }
      if !rates.isEmpty { console.line(rates.joined(separator: ", ")) }
      if summary.organismsFailed > 0 {
        console.line("\(summary.organismsFailed) organisms could not be planted")
      }
      console.line("assay tournament report \(summary.tournament)")
    }
  }

  /// This program, for its workers.
  static func executable() throws -> URL {
    guard let url = Bundle.main.executableURL else {
      throw AssayError(.io, "cannot find this program's own file to start workers from")
    }
    return url
  }
}
