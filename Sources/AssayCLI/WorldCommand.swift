import ArgumentParser

/// `assay world`: SmallWorld and the base models trained on it.
struct WorldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "world",
    abstract: "SmallWorld, the closed text world, and the base models trained on it.",
    subcommands: [
      WorldBuildCommand.self, WorldSampleCommand.self, WorldExamCommand.self,
      WorldTrainBaseCommand.self,
    ])
}
