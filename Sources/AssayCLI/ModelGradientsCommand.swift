import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay model gradients`: the gradient of one training step.
struct ModelGradientsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Writes the gradient of every weight for one text of token ids, in float32.",
    discussion: """
      The loss is the mean cross-entropy of each token but the first, given those before it. The file \
      holds a tensor for each weight, by the weight's name.

      Example:
        assay model gradients --model smallworld-1m --tokens 1,2,3 --out gradients.safetensors
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @OptionGroup var ids: TokenIDs

  @Option(help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
  var out: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    guard try ids.list().count > 1 else {
      throw AssayError(
        .usage, "one token alone predicts nothing", hint: "give at least two token ids")
    }
    let model = try ModelBundle.load(ModelBundle.resolve(model), dtype: .float32).model
    let c = model.configuration
    // The last token is predicted and not read.
    let tokens = try ids.row(vocabulary: c.vocabularySize, context: c.contextLength + 1)
    for parameter in model.parameters { parameter.tensor.requiresGrad = true }
    let batch = TokenBatch(tokens: tokens)
    let loss = model.withTrainingWeights(dtype: .float32) {
      let loss = batch.loss(model.logits(batch.inputs))
      loss.backward()
      return loss.item()
    }
    var gradients: [String: Tensor] = [:]
    for parameter in model.parameters {
      gradients[parameter.name] = parameter.tensor.grad ?? parameter.tensor.detach().zerosLike()
    }
    let url = URL(fileURLWithPath: out)
    try Safetensors.write(gradients, as: .float32, to: url)
    let norm = gradients.values.reduce(0) { $0 + $1.square().sum().item() }.squareRoot()
    if output.json {
      try Console.current.json(
        Written(out: url.path, loss: loss, norm: norm, tensors: gradients.count))
    } else {
      Console.current.line(
        "\(url.path): \(gradients.count) tensors, loss \(loss), norm of the gradient \(norm)")
    }
  }

  private struct Written: Encodable {
    var out: String
    var loss: Double
    var norm: Double
    var tensors: Int
  }
}
