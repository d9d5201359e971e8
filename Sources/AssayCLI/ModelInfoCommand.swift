import ArgumentParser
import AssayCore
import AssayModels
import Foundation

/// `assay model info`: a model's sizes.
struct ModelInfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Prints a model's architecture and sizes.",
    discussion: """
      Example:
        assay model info --model smallworld-4m
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let bundle = try ModelBundle.load(ModelBundle.resolve(model))
    let configuration = try CanonicalJSON.value(bundle.model.configuration)
    let info = Info(
      directory: bundle.directory.path, parameters: bundle.model.parameterCount,
      tensors: bundle.model.parameters.count, tokenizer: bundle.tokenizer?.vocabularySize,
      configuration: configuration)
    let console = Console.current
    if output.json {
      try console.json(info)
      return
    }
    console.line(info.directory)
    console.line("  parameters         \(info.parameters) in \(info.tensors) tensors")
    console.line("  tokenizer          \(info.tokenizer.map { "\($0) tokens" } ?? "none")")
    for (name, value) in (configuration.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      let text = try value.string ?? CanonicalJSON.string(value)
      console.line(
        "  \(name.padding(toLength: max(18, name.count), withPad: " ", startingAt: 0)) \(text)")
    }
  }

  private struct Info: Encodable {
    var directory: String
    var parameters: Int
    var tensors: Int
    var tokenizer: Int?
    var configuration: JSONValue
  }
}
