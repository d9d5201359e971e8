import ArgumentParser
import AssayArena
import AssayCore

/// `assay judge`: opens the truth and scores a sealed report.
struct JudgeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Opens the truth and scores a match's report.",
    discussion: """
      Examples:
        assay judge ID
        assay judge runs/matches/ID --json
      """)

  @Argument(help: "The match's id or folder.")
  var match: String

  @OptionGroup var judge: JudgeOptions

  @Option(
    help: ArgumentHelp(
      "The clean model, if it is no longer where it was when the organism was made.",
      valueName: "model"))
  var base: String?

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let arena = Arena(
      store: store.url(containing: match, kind: "matches"), quiet: output.quiet)
    let judged = try await arena.judge(match: match, judge: judge.judge, base: base)
    if output.json {
      try Console.current.json(judged.summary)
    } else {
      GameText(Console.current).game(judged)
    }
  }
}
