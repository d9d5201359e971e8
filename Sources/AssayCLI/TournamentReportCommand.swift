import ArgumentParser
import AssayArena
import AssayCore
import Foundation

/// `assay tournament report`: what came of a tournament.
struct TournamentReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Shows what came of a tournament, with intervals.",
    discussion: """
      Works on a tournament that is under way, too, and on an evolution.

      Examples:
        assay tournament report ID
        assay tournament report ID --html
      """)

  @Argument(help: "The tournament's id or folder.")
  var tournament: String

  @Flag(help: "Write the page report/index.html in the tournament's folder.")
  var html = false

  @Option(help: ArgumentHelp("The seed of all resampling.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let console = Console.current
    let above = Arena(
      store: store.url(containing: tournament, kind: "evolutions"), quiet: output.quiet)
    if above.store.evolutions().contains(Arena.id(tournament)) {
      try TournamentEvolveCommand.show(
        EvolutionFolder(Arena.id(tournament), in: above.store), arena: above, html: html,
        json: output.json)
      return
    }
    let arena = Arena(
      store: store.url(containing: tournament, kind: "tournaments"), quiet: output.quiet)
    let folder = try TournamentFolder(Arena.id(tournament), in: arena.store)
    let report = try TournamentReport(folder, seed: seed)
    if html {
      let page = try TournamentPage(report).write(to: folder)
      if page.hasCharts {
        console.note("page: \(page.file.path)")
      } else {
        console.note(
          "page: \(page.file.path) (without charts: Plotly is not in .deps; run scripts/setup)")
      }
    }
    if output.json {
      try console.json(report)
    } else if !html {
      TournamentText(console).report(report)
    }
  }
}
