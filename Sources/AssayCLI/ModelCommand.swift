import ArgumentParser

/// `assay model`: fetch a model, look at one.
struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Fetches a model, looks at it, talks with it, merges adapters.",
    subcommands: [
      ModelPullCommand.self, ModelInfoCommand.self, ModelGenerateCommand.self,
      ModelChatCommand.self, ModelEmbedCommand.self, ModelLogitsCommand.self,
      ModelGradientsCommand.self, ModelSearchCommand.self, ModelMergeCommand.self,
      ModelCopyCommand.self,
    ])
}
