import ArgumentParser
import AssayArena
import AssayCore
import AssayStore
import Foundation

/// `assay export`: matches in the form of other programs.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes matches as a log of Inspect.",
    discussion: """
      A match becomes a sample: every tool call is a tool event, refusals carry their error, the judges' \
      scores their reasons. The truth is told where it was opened already. Read the file with \
      inspect_ai's read_eval_log, or show it with: inspect view --log-dir FOLDER

      Examples:
        assay export --inspect log.eval ID
        assay export --inspect log.eval runs/matches/ID1 runs/matches/ID2
        assay export --inspect log.eval runs/tournaments/ID
      """)

  @Option(help: ArgumentHelp("The file to write; its name ends in .eval.", valueName: "file.eval"))
  var inspect: String

  @Argument(
    help: ArgumentHelp("Ids or folders of matches, or one of a tournament.", valueName: "match"))
  var matches: [String]

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if !inspect.hasSuffix(".eval") { throw ValidationError("--inspect must end in .eval") }
  }

  func run() async throws {
    let first = matches.first ?? ""
    let above = MatchStore(root: store.url(containing: first, kind: "tournaments"))
    let log: InspectLog
    if matches.count == 1, above.tournaments().contains(Arena.id(first)) {
      log = try InspectLog(tournament: TournamentFolder(Arena.id(first), in: above))
    } else {
      log = try InspectLog(
        matches: matches, in: MatchStore(root: store.url(containing: first, kind: "matches")))
    }
    let url = URL(fileURLWithPath: inspect)
    try log.write(to: url)
    let console = Console.current
    if output.json {
      try console.json(Exported(file: url.path, matches: log.count))
    } else {
      console.line("\(log.count) \(log.count == 1 ? "match" : "matches") in \(url.path)")
    }
  }

  private struct Exported: Encodable {
    var file: String
    var matches: Int
  }
}
