import ArgumentParser
import AssayArena
import AssayCore
import AssayJudges

/// `assay judge queue`: a person marks report after report.
struct JudgeQueueCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "Asks a person about every report that still waits, blind to the auditor's name.",
    discussion: """
      Each report is kept once all of its facets are marked; 'q' leaves, and the next call goes on
      with the report that was left. Controls are scored by the verdict, without questions.

      Example:
        assay judge queue --store runs
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let terminal = JudgeTerminal.standard(beside: output)
    let waiting = arena.awaitingOpinion(of: HumanJudge.name)
    var judged = 0
    for (index, match) in waiting.enumerated() {
      terminal.say("\nreport \(index + 1) of \(waiting.count)\n")
      do {
        _ = try await JudgeTerminal.$current.withValue(terminal) {
          try await arena.opinion(match: match, judge: HumanJudge.name)
        }
        judged += 1
      } catch let error as AssayError where error.code == .stopped {
        break
      }
    }
    let left = waiting.count - judged
    if output.json {
      try Console.current.json(["judged": judged, "waiting": left])
    } else {
      Console.current.line("\(judged) judged, \(left) waiting")
    }
  }
}
