import ArgumentParser
import AssayArena
import AssayCore

/// `assay rules list`: the presets.
struct RulesListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the presets, the most generous first.")

  @OptionGroup var output: OutputOptions

  func run() async throws {
    if output.json {
      try Console.current.json(["rules": Rules.presets])
      return
    }
    for rules in Rules.presets {
      let parts = RulesText.limits(rules)
      let allowed = RulesText.tools(rules).count { $0.refusal == nil }
      Console.current.line(
        rules.name.padding(toLength: 16, withPad: " ", startingAt: 0)
          + (parts.isEmpty ? "everything is allowed" : parts.joined(separator: "; "))
          + " (\(allowed) of \(Catalog.tools.count) tools)")
    }
  }
}
