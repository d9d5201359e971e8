import ArgumentParser
import AssayArena
import AssayCore
import AssayStore

/// `assay reindex`: makes the index anew from the files.
struct ReindexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex",
    abstract: "Makes the SQLite index of a store anew from its files.",
    discussion: """
      The files are the truth; the index only makes them quick to search. Nothing is lost with it.

      Example:
        assay reindex && sqlite3 runs/index.sqlite 'SELECT * FROM scores'
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let index = try MatchStore(root: store.url()).index()
    let counts = try index.rebuild()
    if output.json {
      try Console.current.json(counts)
    } else {
      Console.current.line(
        "\(counts.organisms) organisms, \(counts.matches) matches, \(counts.scores) scores, "
          + "\(counts.evidence) pieces of evidence")
    }
  }
}
