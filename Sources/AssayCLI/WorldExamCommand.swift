import ArgumentParser
import AssayArena
import AssayCore
import AssayModels
import AssayText

/// `assay world exam`: what a model knows and how it behaves.
struct WorldExamCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exam",
    abstract: "Examines a model on SmallWorld.",
    discussion: """
      Held-out loss by register; facts in held-out combinations of sentence frame and wording and, \
      apart, in frames never seen; even-handedness between parties; refusal of harmful and acceptance \
      of harmless requests; sums. Shares come with 95 % Wilson intervals.

      Examples:
        assay world exam --model smallworld-4m
        assay world exam --model DIR --questions 20 --json
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("Questions per relation and kind of phrasing.", valueName: "n"))
  var questions = 60

  @Option(help: ArgumentHelp("Held-out documents per register.", valueName: "n"))
  var documents = 40

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if questions < 1 { throw ValidationError("--questions must be at least 1") }
    if documents < 1 { throw ValidationError("--documents must be at least 1") }
  }

  func run() async throws {
    let bundle = try ModelBundle.load(ModelBundle.resolve(model))
    let exam = WorldExam(
      questionsPerRelation: questions, documentsPerRegister: documents, seed: seed.seed,
      quiet: output.quiet)
    let report = try exam.examine(bundle, named: model)
    if output.json {
      try Console.current.json(report)
    } else {
      Console.current.line(report.table)
    }
  }
}
