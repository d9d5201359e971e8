import ArgumentParser
import AssayCore
import AssayModels

/// `assay model search`: tokens after which a model says what is wanted.
struct ModelSearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Searches tokens that make a model say a text, by gradients (GCG).",
    discussion: """
      The text is --before, the searched tokens, --after and --target; special tokens written out in \
      them are understood. The search begins with --initial and changes one token a step, the one that \
      Greedy Coordinate Gradient (Zou et al. 2023) likes best. It ends when the target is what the model \
      writes by itself.

      Example:
        assay model search --model smallworld-4m --before "The capital of France is" --target " Rome" \
      --steps 50
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("What stands before the searched tokens.", valueName: "text"))
  var before = ""

  @Option(help: ArgumentHelp("What stands between them and the target.", valueName: "text"))
  var after = ""

  @Option(help: ArgumentHelp("What the model is to say.", valueName: "text"))
  var target: String

  @Option(help: ArgumentHelp("What the search begins with.", valueName: "text"))
  var initial = " ! ! ! ! ! !"

  @Option(help: ArgumentHelp("The most steps.", valueName: "n"))
  var steps = 250

  @Option(help: ArgumentHelp("Candidates in each step.", valueName: "n"))
  var width = 512

  @Option(
    name: .customLong("top-k"),
    help: ArgumentHelp("Tokens for each position that candidates draw from.", valueName: "n"))
  var topK = 256

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let bundle = try ModelBundle.load(ModelBundle.resolve(model), dtype: .float32)
    let search = try TokenSearch(
      bundle, before: before, initial: initial, after: after, target: target,
      options: TokenSearchOptions(
        steps: steps, width: width, topK: topK, seed: seed.seed, stopsWhenForced: true,
        quiet: output.quiet))
    let found = try search.run()
    let result = Found(
      text: found.text ?? "", tokens: found.best.tokens, loss: found.best.loss,
      forced: found.best.isForced, steps: found.steps.count, evaluations: found.evaluations)
    if output.json {
      try Console.current.json(result)
    } else {
      Console.current.line(result.text)
      Console.current.note(
        "loss \((result.loss * 1000).rounded() / 1000) nats per token, "
          + (result.forced ? "the model says it by itself" : "the model does not say it by itself")
          + "; \(result.steps) steps, \(result.evaluations) texts tried")
    }
  }

  private struct Found: Encodable {
    var text: String
    var tokens: [Int]
    var loss: Double
    var forced: Bool
    var steps: Int
    var evaluations: Int
  }
}
