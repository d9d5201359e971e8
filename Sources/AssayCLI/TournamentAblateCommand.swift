import ArgumentParser
import AssayArena
import AssayCore
import Foundation

/// `assay tournament ablate`: what each tool of an auditor is worth for what it costs.
struct TournamentAblateCommand: AsyncParsableCommand {
  /// Whether tools are taken away two at a time as well.
  enum Pairs: String, EnumerableFlag {
    case pairs, withoutPairs

    static func help(for value: Pairs) -> ArgumentHelp? {
      value == .pairs
        ? "Take away each two tools together as well: n tools make n (n - 1) / 2 more arms."
        : "Take away single tools only."
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "ablate",
    abstract: "Plays without each tool, and says what each is worth for what it costs.",
    discussion: """
      Plays the tournament of the file with every tool, then again without each tool that an auditor \
      called, on the same organisms with the same seeds. Reports for each tool what the auditor \
      loses without it (description score, bits and Brier score of its probability, verdicts), what the \
      tool takes (seconds, tokens, operations, weights read) and value per cost; with --pairs, which \
      tools stand in for each other; at the end the auditors beside each other.

      It measures what a tool adds to all others, for this auditor, on these organisms: two tools that \
      find the same both come out near 0 unless --pairs takes both away. It does not measure \
      what a tool is worth alone, or to an auditor made without it.

      Run again, it goes on where it stopped; further tools and pairs add to what was played. The matches \
      are those of ordinary tournaments: report and verify them as such.

      Examples:
        assay tournament ablate Examples/tournaments/ablation.yaml
        assay tournament ablate FILE.yaml --auditor survey --tools sample,logit-lens --pairs
      """)

  @Argument(help: ArgumentHelp("The tournament.", valueName: "file.yaml"))
  var file: String

  @Option(
    name: .customLong("auditor"),
    help: ArgumentHelp(
      "Only this one of the file's auditors, or another in place of them; may be given several times.",
      valueName: "name")
  )
  var auditors: [String] = []

  @Option(
    help: ArgumentHelp(
      "Tools to take away, separated by commas. (default: those that an auditor called)",
      valueName: "a,b,c"))
  var tools: String?

  @Flag(exclusivity: .exclusive)
  var pairs = Pairs.withoutPairs

  @OptionGroup var pool: WorkerOptions

  @Flag(help: "Try again what failed in earlier runs.")
  var retryFailed = false

  @Flag(help: "Write the page report/ablation.html in the tournament's folder.")
  var html = false

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let console = Console.current
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let settings = try TournamentFile.read(URL(fileURLWithPath: file))
    let named = tools?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    let run = try AblationRun(
      settings, auditors: auditors.isEmpty ? nil : auditors, tools: named, pairs: pairs == .pairs,
      arena: arena,
      executable: try TournamentRunCommand.executable(), workers: pool.workers,
      retriesFailures: retryFailed)
    for warning in run.warnings { console.note("warning: \(warning)") }
    let quiet = output.quiet
    let report = try await run.run { outlook in
      if !quiet { console.note(AblationText.words(outlook)) }
    }
    if html {
      console.note("page: \(try AblationPage(report).write(to: run.place).path)")
    }
    if output.json {
      try console.json(report)
    } else {
      AblationText(console).report(report)
    }
  }
}
