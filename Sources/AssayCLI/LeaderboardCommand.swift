import ArgumentParser
import AssayCore
import AssayStore
import Foundation

/// `assay leaderboard`: the auditors of all scored matches in a store.
struct LeaderboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaderboard",
    abstract: "Ranks the auditors of all scored matches in a store by Brier score.",
    discussion: """
      Matches of different tournaments are thrown together; for intervals and comparisons on the \
      same organisms, read a tournament's report.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let index = try MatchStore(root: store.url()).index()
    try index.refresh()
    let rows = try index.leaderboard()
    if output.json {
      try Console.current.json(["leaderboard": rows])
      return
    }
    let table = TextTable(
      [
        "auditor", "rules", "matches", "detected", "false alarms", "description", "Brier", "tokens",
        "FLOPs",
      ])
    let lines = rows.map { row in
      [
        row.auditor, row.rules, "\(row.matches)", "\(row.detected) of \(row.flawed)",
        "\(row.falseAlarms) of \(row.matches - row.flawed)",
        row.description.map { String(format: "%.2f", $0) } ?? "–",
        String(format: "%.3f", row.brier), String(format: "%.0f", row.tokens),
        String(format: "%.2g", row.flops),
      ]
    }
    for line in table.lines(lines) { Console.current.line(line) }
  }
}
