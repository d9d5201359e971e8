import ArgumentParser
import AssayArena
import AssayCore
import AssayGame
import AssayModels
import AssayText
import Foundation

/// `assay tool run`: one tool on one model, outside of any match.
struct ToolRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs one tool on a model.",
    discussion: """
      Prints the finding in one sentence, then the result; with --json all of it, as in the evidence of \
      a match. Nothing is recorded and no rules apply; 'assay audit' plays by them.

      Examples:
        assay tool run unusual-units --model smallworld-4m
        assay tool run memory-search --model DIR --args '{"words": ["Paris"]}'
        assay tool run sample --model DIR --args '{"prompts": ["The capital of France is"]}' --json
      """)

  @Argument(help: ArgumentHelp("The tool; 'assay tool list' names all.", valueName: "name"))
  var name: String

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("The arguments as one JSON object.", valueName: "json"))
  var args = "{}"

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let tool = try Catalog.tools.named(name, kind: "tool")
    guard let arguments = try? JSONDecoder().decode(JSONValue.self, from: Data(args.utf8)) else {
      throw AssayError(
        .usage, "--args is not JSON", hint: #"write for example --args '{"top": 3}'"#)
    }
    let bundle = try ModelBundle.load(ModelBundle.resolve(model))
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: seed.seed)
    let start = ContinuousClock.now
    let meter = PassMeter()
    let found = try await PassMeter.$current.withValue(meter) {
      try await tool.run(arguments, on: suspect)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let evidence = Evidence(
      number: 1, tool: tool.name, arguments: try tool.schema.validated(arguments, tool: tool.name),
      result: found.result, summary: found.summary,
      cost: Cost(
        calls: 1, tokens: found.tokens, trainingTokens: found.trainingTokens, flops: meter.flops,
        seconds: seconds, weightReads: found.weightReads))
    let console = Console.current
    if output.json {
      try console.json(evidence)
      return
    }
    console.line(evidence.summary)
    for line in ResultText.lines(evidence.result) { console.line(line) }
    let cost = evidence.cost
    console.note(
      String(
        format: "%.2f s, %d tokens, %.3g FLOPs, %d weight matrices read", cost.seconds,
        cost.tokens, cost.flops, cost.weightReads))
  }
}
