import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay model copy`: a model loaded and written again.
struct ModelCopyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Writes a model to another folder, in one file and in a dtype of your choice.",
    discussion: """
      Settings, tokenizer and names stay as they are.

      Example:
        assay model copy --model OWNER/NAME --out DIR --dtype bfloat16
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var out: String

  @OptionGroup var dtype: WeightTypeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let source = try ModelBundle.resolve(model)
    let summary = try ModelSummary(source)
    let dtype = try dtype.chosen(for: summary)
    let url = URL(fileURLWithPath: out)
    switch summary.kind {
    case .decoder: try ModelBundle.load(source, dtype: dtype).save(to: url, dtype: dtype)
    case .encoder: try EncoderBundle.load(source, dtype: dtype).save(to: url, dtype: dtype)
    }
    if output.json {
      try Console.current.json(
        Written(out: url.path, parameters: summary.parameterCount, dtype: dtype.description))
    } else {
      Console.current.line("\(url.path): \(summary.parameterCount) parameters in \(dtype)")
    }
  }

  private struct Written: Encodable {
    var out: String
    var parameters: Int
    var dtype: String
  }
}
