import ArgumentParser
import AssayArena
import AssayCore
import AssayGame

/// `assay catalog`: everything that can be chosen by name.
struct CatalogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog",
    abstract: "Lists attacks, controls, ways of hiding, tools, auditors and judges.",
    discussion: """
      With --json, attacks and ways of hiding come with their options and defaults.

      Examples:
        assay catalog
        assay catalog --json
      """)

  @OptionGroup var output: OutputOptions

  func run() async throws {
    if output.json {
      try Console.current.json(Listing())
      return
    }
    let groups: [(String, [any CatalogEntry])] = [
      ("attacks", Catalog.attacks.filter { !$0.isControl }),
      ("controls", Catalog.attacks.filter(\.isControl)), ("hiding", Catalog.hidings),
      ("tools", Catalog.tools), ("auditors", Catalog.auditors), ("judges", Catalog.judges),
    ]
    let width = groups.flatMap { $0.1 }.map(\.name.count).max() ?? 0
    for (number, group) in groups.enumerated() {
      Console.current.line((number == 0 ? "" : "\n") + group.0)
      for entry in group.1 {
        let space = String(repeating: " ", count: width - entry.name.count + 2)
        Console.current.line("  \(entry.name)\(space)\(entry.summary)")
      }
    }
  }

  private struct Listing: Encodable {
    /// An entry of any kind; what its kind does not have is left out.
    struct Entry: Encodable {
      var name: String
      var summary: String
      var isControl: Bool?
      var options: JSONValue?
    }

    var attacks = Catalog.attacks.map {
      Entry(
        name: $0.name, summary: $0.summary, isControl: $0.isControl, options: $0.defaultOptions)
    }
    var hidings = Catalog.hidings.map {
      Entry(name: $0.name, summary: $0.summary, options: $0.defaultOptions)
    }
    var tools = Catalog.tools.map { Entry(name: $0.name, summary: $0.summary) }
    var auditors = Catalog.auditors.map { Entry(name: $0.name, summary: $0.summary) }
    var judges = Catalog.judges.map { Entry(name: $0.name, summary: $0.summary) }
  }
}
