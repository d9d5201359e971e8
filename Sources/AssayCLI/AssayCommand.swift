import ArgumentParser

/// `assay`: the root of all commands.
struct AssayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract: "Plays the auditing game on language models.",
    discussion: """
      One party plants a hidden flaw in a model, another gets only the model and must say what is \
      wrong with it, and a judge scores the answer.

      Start with:
        assay demo                                   two whole games, with a report to read
        assay play --attack false-facts --json       one game, its result as JSON
        assay play --attack benign-fine-tune         a control: nothing is planted
      """,
    version: "0.1.0",
    subcommands: [],
    groupedSubcommands: [
      CommandGroup(
        name: "Games",
        subcommands: [
          PlayCommand.self, PlantCommand.self, AuditCommand.self, MCPCommand.self,
          JudgeCommand.self,
          VerifyCommand.self, ExportCommand.self, DemoCommand.self,
        ]),
      CommandGroup(
        name: "Many games",
        subcommands: [TournamentCommand.self, LeaderboardCommand.self, ReindexCommand.self]),
      CommandGroup(
        name: "Models and worlds",
        subcommands: [
          ModelCommand.self, ServeCommand.self, ToolCommand.self, TokenizerCommand.self,
          WorldCommand.self,
        ]),
      CommandGroup(
        name: "What there is",
        subcommands: [CatalogCommand.self, RulesCommand.self, DoctorCommand.self]),
    ])
}
