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
      Reads the headers of the weight files and no weight. With --json, all settings are there.

      Example:
        assay model info --model smallworld-4m
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let summary = try ModelSummary(ModelBundle.resolve(model))
    let console = Console.current
    if output.json {
      try console.json(Info(summary))
      return
    }
    console.line(summary.directory.path)
    for (name, text) in ModelDescription.lines(summary) {
      console.line("  \(name.padding(toLength: 14, withPad: " ", startingAt: 0))  \(text)")
    }
  }

  private struct Info: Encodable {
    var directory: String
    var kind: String
    var architecture: String
    var parameters: Int
    var tensors: Int
    var dtypes: [String]
    var files: [String: Int]
    var tokenizer: Int?
    var hasChatTemplate: Bool
    var contextLength: Int
    var endOfSequence: [Int]
    var configuration: JSONValue

    init(_ summary: ModelSummary) throws {
      switch summary.kind {
      case .decoder(let c):
        (kind, architecture, contextLength) = ("decoder", c.architecture, c.contextLength)
        configuration = try CanonicalJSON.value(c)
      case .encoder(let c):
        (kind, architecture, contextLength) = ("encoder", c.architecture, c.contextLength)
        configuration = try CanonicalJSON.value(c)
      }
      directory = summary.directory.path
      parameters = summary.parameterCount
      tensors = summary.weights.count
      dtypes = summary.dtypes.map(\.description)
      files = Dictionary(uniqueKeysWithValues: summary.files.map { ($0.name, $0.bytes) })
      tokenizer = summary.tokenizer?.vocabularySize
      hasChatTemplate = summary.chatTemplate != nil
      endOfSequence = summary.endOfSequence
    }
  }
}
