import ArgumentParser
import AssayArena
import AssayCore

/// `assay tournament list`: the tournaments of a store.
struct TournamentListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the tournaments of a store and how far they are.")

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  private struct Line: Encodable {
    var tournament: String
    var organisms: Int
    var matches: Int
    var finished: Int
    var failed: Int
  }

  func run() async throws {
    let arena = Arena(store: store.url(), quiet: true)
    let lines = try arena.store.tournaments().map { id in
      let folder = try TournamentFolder(id, in: arena.store)
      let plan = try folder.plan()
      let outcomes = try plan.matches.compactMap { try folder.outcome($0.slot) }
      return Line(
        tournament: id, organisms: plan.organisms.count, matches: plan.matches.count,
        finished: outcomes.count { $0.result != nil }, failed: outcomes.count { $0.failure != nil })
    }
    if output.json {
      try Console.current.json(["tournaments": lines])
      return
    }
    for line in lines {
      Console.current.line(
        "\(line.tournament)  \(line.organisms) organisms, \(line.finished) of \(line.matches) "
          + "matches played, \(line.failed) failed")
    }
  }
}
