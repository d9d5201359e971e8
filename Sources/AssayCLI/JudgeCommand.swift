import ArgumentParser
import AssayArena
import AssayCore

/// `assay judge`: opens truths and scores sealed reports.
struct JudgeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Opens the truth and scores a match's report.",
    discussion: """
      One score counts, that of 'mechanical'. Other judges give second opinions, which stand beside it.

      Examples:
        assay judge ID
        assay judge runs/matches/ID --json
        assay judge ID --judge language-model --option model=NAME
        assay judge queue
        assay judge agreement
      """,
    subcommands: [JudgeMatchCommand.self, JudgeQueueCommand.self, JudgeAgreementCommand.self],
    defaultSubcommand: JudgeMatchCommand.self)
}
