import ArgumentParser

/// `assay model`: fetch a model, look at one.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Fetches a model, looks at it, merges adapters: its shape, its text, its logits.",
    subcommands: [
      ModelPullCommand.self, ModelInfoCommand.self, ModelGenerateCommand.self,
      ModelEmbedCommand.self, ModelLogitsCommand.self, ModelGradientsCommand.self,
      ModelMergeCommand.self, ModelCopyCommand.self,
    ])
}
