import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay world train-base`: trains a base model by a committed recipe.
struct WorldTrainBaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-base",
    abstract: "Trains a base model on SmallWorld.",
    discussion: """
      Work in progress lies in <out>.training: a run that was killed goes on from there with --resume, \
      to the same loss curve. Without --resume it starts over.

      Examples:
        assay world train-base --recipe smallworld-1m --out bases/smallworld-1m
        assay world train-base --recipe smallworld-4m --out DIR --resume
      """)

  @Option(
    help: ArgumentHelp(
      "One of: \(BaseRecipe.all.map(\.name).joined(separator: ", ")).", valueName: "name"))
  var recipe: String

  @Option(help: ArgumentHelp("The model's folder, in Hugging Face form.", valueName: "dir"))
  var out: String

  @Flag(help: "Go on where an earlier run was interrupted.")
  var resume = false

  @Option(help: ArgumentHelp("Steps, instead of the recipe's.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Threads to compute with.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("The recipe's seed, instead of its own.", valueName: "n"))
  var seed: UInt64?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let steps, steps < 1 { throw ValidationError("--steps must be at least 1") }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  func run() async throws {
    if let threads { Runtime.start(threads: threads) }
    var recipe = try BaseRecipe.named(recipe)
    if let steps { recipe.training.steps = steps }
    if let seed { recipe.seed = seed }
    let folder = URL(fileURLWithPath: out, isDirectory: true).standardizedFileURL
    let record = try BaseTraining.run(recipe, out: folder, resume: resume, quiet: output.quiet)
    let trained = Trained(
      recipe: recipe.name, out: folder.path, seed: recipe.seed, steps: record.losses.count,
      loss: record.recentLoss(50) ?? .nan, seconds: record.seconds)
    if output.json {
      try Console.current.json(trained)
    } else {
      Console.current.line(
        "\(trained.out): \(trained.steps) steps, loss "
          + String(format: "%.3f after %.0f s", trained.loss, trained.seconds))
    }
  }

  private struct Trained: Encodable {
    var recipe: String
    var out: String
    var seed: UInt64
    var steps: Int
    /// Mean over the last 50 steps, nats per token.
    var loss: Double
    var seconds: Double
  }
}
