import ArgumentParser
import AssayArena
import AssayCore
import Foundation

/// `assay tournament evolve`: an attacker that adapts to auditors over rounds.
struct TournamentEvolveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evolve",
    abstract: "Plays rounds in which the attacker adapts; run again, it goes on where it stopped.",
    discussion: """
      The file says what the attacker may choose: attacks, options in ranges, ways of hiding. After \
      each round it reads the scores, ledgers and claims of all matches so far, and picks and tunes \
      what it plays next, for damage × stealth × escaped. Every round is a tournament of its own, \
      with controls, and can be reported on and verified like any other.

      Examples:
        assay tournament evolve Examples/tournaments/evolve.yaml
        assay tournament report evolve-… --html
        assay verify evolve-…
      """)

  @Argument(
    help: ArgumentHelp("What the attacker may choose, and who audits.", valueName: "file.yaml"))
  var file: String

  @OptionGroup var pool: WorkerOptions

  @Flag(help: "Write the page report/index.html in the evolution's folder.")
  var html = false

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let console = Console.current
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let settings = try EvolutionFile.read(URL(fileURLWithPath: file))
    let run = try EvolutionRun(
      settings, arena: arena, executable: try TournamentRunCommand.executable(),
      workers: pool.workers)
    for warning in run.warnings { console.note("warning: \(warning)") }
    let quiet = output.quiet
    try await run.run { round in
      if !quiet { EvolutionText(console).announce(round, of: settings.rounds) }
    }
    try Self.show(run.place, arena: arena, html: html, json: output.json)
  }

  /// Prints an evolution's report, or writes its page.
  static func show(_ folder: EvolutionFolder, arena: Arena, html: Bool, json: Bool) throws {
    let console = Console.current
    let report = try EvolutionReport(folder, arena: arena)
    if html {
      let page = try EvolutionPage(report).write(to: folder)
      console.note(
        "page: \(page.file.path)"
          + (page.hasCharts
            ? "" : " (without charts: Plotly is not in .deps; run scripts/setup)"))
    }
    if json {
      try console.json(report)
    } else {
      EvolutionText(console).report(report)
    }
  }
}
