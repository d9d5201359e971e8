import ArgumentParser

/// `assay model`: look at one model.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Looks at one model: its shape, its text, its logits.",
    subcommands: [
      ModelInfoCommand.self, ModelGenerateCommand.self, ModelLogitsCommand.self,
      ModelMergeCommand.self,
    ])
}
