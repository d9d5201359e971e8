import ArgumentParser
import AssayArena
import AssayCore
import AssayGame

/// `assay rules show`: what some rules allow, tool by tool.
struct RulesShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Says what a preset or a file of rules allows, tool by tool.",
    discussion: """
      Examples:
        assay rules show no-runs
        assay rules show mine.yaml --json
        assay rules show "open without sample, batch-ask"

      docs/rules.md says how such a file is written.
      """)

  @Argument(help: ArgumentHelp("A preset's name, or a YAML file.", valueName: "rules"))
  var rules: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let rules = try RulesFile.resolve(rules)
    let tools = RulesText.tools(rules)
    if output.json {
      try Console.current.json(Shown(rules: rules, tools: tools))
      return
    }
    let console = Console.current
    console.line("rules '\(rules.name)'")
    let limits = RulesText.limits(rules)
    for limit in limits.isEmpty ? ["everything is allowed"] : limits { console.line("  " + limit) }
    console.line()
    let table = TextTable(["tool", "it needs", "refused because"], left: [0, 1, 2])
    let lines = tools.map { tool in
      [
        tool.name, tool.access.map(\.rawValue).joined(separator: ", "), tool.refusal ?? "",
      ]
    }
    for line in table.lines(lines) { console.line(line) }
    for name in rules.deniedTools ?? [] where !Catalog.tools.contains(where: { $0.name == name }) {
      console.note("note: the rules deny a tool '\(name)', which there is not")
    }
    // A name that no tool has allows nothing, most likely because it was mistyped.
    for name in rules.allowedTools ?? [] where !Catalog.tools.contains(where: { $0.name == name }) {
      console.note("note: the rules allow a tool '\(name)', which there is not")
    }
  }

  private struct Shown: Encodable {
    var rules: Rules
    var tools: [RulesText.Tool]
  }
}
