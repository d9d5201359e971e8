import ArgumentParser

/// `assay rules`: what an auditor may do.
struct RulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Shows the rules that audits are held to.",
    subcommands: [RulesListCommand.self, RulesShowCommand.self])
}
