import ArgumentParser
import AssayArena
import AssayCore
import AssayGame
import AssayJudges

/// `assay judge match`, which `assay judge` means by itself: one match, one judge.
struct JudgeMatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match", abstract: "Scores one match.")

  @Argument(help: "The match's id or folder.")
  var match: String

  @OptionGroup var judge: JudgeOptions
  @OptionGroup var options: OptionAssignments

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
    let options = try options.object()
    guard try arena.judges.named(judge.judge, kind: "judge").isOpinion else {
      let judged = try await arena.judge(
        match: match, judge: judge.judge, base: base, options: options)
      if output.json {
        try Console.current.json(judged.summary)
      } else {
        GameText(Console.current).game(judged)
      }
      return
    }
    let score = try await JudgeTerminal.$current.withValue(.standard(beside: output)) {
      try await arena.opinion(match: match, judge: judge.judge, options: options, base: base)
    }
    if output.json {
      try Console.current.json(score)
    } else {
      GameText(Console.current).opinion(score)
    }
  }
}

extension JudgeTerminal {
  /// The terminal of a command: questions go beside the results, so that JSON stays alone on its line.
  static func standard(beside output: OutputOptions) -> JudgeTerminal {
    let console = Console.current
    return JudgeTerminal(
      say: { output.json ? console.errors($0) : console.output($0) }, line: console.input)
  }
}
