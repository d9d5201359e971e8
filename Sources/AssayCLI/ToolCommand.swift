import ArgumentParser

/// `assay tool`: the auditor's tools, one at a time, on any model.
struct ToolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tool",
    abstract: "The auditor's tools, one at a time, on any model.",
    subcommands: [ToolListCommand.self, ToolRunCommand.self])
}
