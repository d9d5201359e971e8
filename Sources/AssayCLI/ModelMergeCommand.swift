import ArgumentParser
import AssayCore
import AssayModels
import Foundation

/// `assay model merge`: a model with a LoRA adapter made part of its weights.
struct ModelMergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merges a LoRA adapter into a model and writes an ordinary model folder.",
    discussion: """
      The adapter is a folder as PEFT writes it. The result is stored in the dtype of the model's
      config.json, or in float32 with --float32.

      Example:
        assay model merge --model DIR --adapter ADAPTER-DIR --out MERGED-DIR
      """)

  @Option(help: ArgumentHelp("A shipped model's name or a folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("The adapter's folder.", valueName: "dir"))
  var adapter: String

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var out: String

  @Flag(help: "Store float32, so that nothing is rounded.")
  var float32 = false

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let bundle = try ModelBundle.load(named: model, dtype: .float32)
    guard let base = bundle.model as? DecoderModel else {
      throw AssayError(.unsupported, "'\(model)' is not a model that adapters fit on")
    }
    let folder = URL(fileURLWithPath: adapter)
    let change = try LowRankAdapter(folder, for: base)
    let merged = bundle.with(model: base.adapted(by: change).copy(dtype: nil))
    let url = URL(fileURLWithPath: out)
    let dtype = float32 ? .float32 : bundle.storedDType
    try merged.save(to: url, dtype: dtype)
    let settings = change.settings
    let written = Written(
      out: url.path, modules: change.factors.count, rank: settings.rank, scale: change.scale,
      dtype: dtype.description)
    if output.json {
      try Console.current.json(written)
    } else {
      Console.current.line(
        "\(url.path): \(written.modules) modules changed, rank \(settings.rank), stored in "
          + written.dtype)
    }
  }

  private struct Written: Encodable {
    var out: String
    var modules: Int
    var rank: Int
    var scale: Double
    var dtype: String
  }
}
