import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay model logits`: the logits after each of some tokens.
struct ModelLogitsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Writes a model's fp32 logits for given token ids.",
    discussion: """
      The file holds one tensor, `logits`, of shape [1, T, V]. No tokenizer is needed.

      Example:
        assay model logits --model smallworld-4m --tokens 1,2,3 --out logits.safetensors
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("Token ids, separated by commas.", valueName: "ids"))
  var tokens: String

  @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
  var out: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let ids = try tokens.split(separator: ",").map { part -> Int in
      guard let id = Int(part.trimmingCharacters(in: .whitespaces)) else {
        throw AssayError(
          .usage, "'\(part)' is not a token id", hint: "write for example --tokens 1,2,3")
      }
      return id
    }
    guard !ids.isEmpty else {
      throw AssayError(.usage, "there are no token ids", hint: "write for example --tokens 1,2,3")
    }
    let bundle = try ModelBundle.load(ModelBundle.resolve(model), dtype: .float32)
    let vocabulary = bundle.model.configuration.vocabularySize
    if let wrong = ids.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw AssayError(
        .badInput, "token id \(wrong) is outside the vocabulary of \(vocabulary)",
        hint: "use ids from 0 to \(vocabulary - 1)")
    }
    let context = bundle.model.configuration.contextLength
    guard ids.count <= context else {
      throw AssayError(
        .badInput, "\(ids.count) tokens are more than the model's context of \(context)",
        hint: "give at most \(context) token ids")
    }
    let logits = withInference {
      bundle.model.logits(
        Tensor(ids, shape: [1, ids.count]), cache: nil, attentionStart: nil, taps: nil
      ).to(dtype: .float32)  // [1, T, V]
    }
    let url = URL(fileURLWithPath: out)
    try Safetensors.write(["logits": logits.contiguous()], metadata: [:], to: url)
    if output.json {
      try Console.current.json(Written(out: url.path, shape: logits.shape))
    } else {
      Console.current.line("\(url.path): logits \(logits.shape)")
    }
  }

  private struct Written: Encodable {
    var out: String
    var shape: [Int]
  }
}
