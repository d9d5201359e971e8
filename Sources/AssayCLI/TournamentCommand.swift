import ArgumentParser

/// `assay tournament`: grids of games.
struct TournamentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tournament",
    abstract: "Plays organisms × auditors × rules × seeds, and says what came of it.",
    subcommands: [
      TournamentRunCommand.self, TournamentEvolveCommand.self, TournamentAblateCommand.self,
      TournamentReportCommand.self, TournamentListCommand.self, TournamentWorkCommand.self,
    ])
}
