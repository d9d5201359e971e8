import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay model logits`: the logits after each of some tokens.
struct ModelLogitsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Writes a model's logits for given token ids, in float32.",
    discussion: """
      The file holds `logits` of shape [1, T, V]; with --hidden also `hidden.0` to `hidden.L` of shape \
      [1, T, d]: the residual stream before each block, and the last one after the final norm. An \
      encoder has hidden states alone. No tokenizer is needed.

      Example:
        assay model logits --model smallworld-4m --tokens 1,2,3 --out logits.safetensors
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @OptionGroup var ids: TokenIDs

  @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
  var out: String

  @Flag(help: "Write the hidden states too.")
  var hidden = false

  @Option(
    help: ArgumentHelp(
      "What weights are held in: float32, stored, float16 or bfloat16.", valueName: "type"))
  var dtype = "float32"

  @OptionGroup var output: OutputOptions

  func run() async throws {
    _ = try ids.list()
    let source = try ModelBundle.resolve(model)
    let summary = try ModelSummary(source)
    let chosen = try WeightTypeOptions.named(dtype, for: summary)
    var written: [String: Tensor] = [:]
    switch summary.kind {
    case .decoder(let c):
      let tokens = try ids.row(vocabulary: c.vocabularySize, context: c.contextLength)
      let bundle = try ModelBundle.load(source, dtype: chosen)
      written = Self.computed(bundle.model, tokens, hidden: hidden)
    case .encoder(let c):
      guard hidden else {
        throw AssayError(
          .badInput, "'\(model)' is an encoder, which has no logits",
          hint: "--hidden writes its hidden states")
      }
      let tokens = try ids.row(vocabulary: c.vocabularySize, context: c.contextLength)
      let encoder = try EncoderBundle.load(source, dtype: chosen).model
      let states = withInference { encoder.hiddenStates(tokens) }
      for (index, state) in states.enumerated() { written["hidden.\(index)"] = state }
    }
    let url = URL(fileURLWithPath: out)
    try Safetensors.write(written, as: .float32, to: url)
    let shape = (written["logits"] ?? written["hidden.0"])?.shape ?? []
    if output.json {
      try Console.current.json(Written(out: url.path, shape: shape))
    } else {
      let names = written.keys.sorted().joined(separator: ", ")
      Console.current.line("\(url.path): \(names) \(shape)")
    }
  }

  /// Logits [1, T, V], and hidden states [1, T, d] if they are wanted.
  private static func computed(
    _ model: any LanguageModel, _ tokens: Tensor, hidden: Bool
  ) -> [String: Tensor] {
    withInference {
      guard hidden else { return ["logits": model.logits(tokens)] }
      let layers = model.configuration.layers
      let sites = (0..<layers).map { ActivationSite.block($0, .residualBefore) } + [.normFinal]
      let taps = Taps(reading: sites)
      var found = ["logits": model.logits(tokens, taps: taps)]
      for (index, site) in sites.enumerated() { found["hidden.\(index)"] = taps[site] }
      return found
    }
  }

  private struct Written: Encodable {
    var out: String
    var shape: [Int]
  }
}
