import AssayCore
import AssayTensor
import Foundation

/// A Llama-family language model: RMSNorm, rotary positions, grouped-query attention, SwiGLU.
///
/// Source: Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models", section 2;
/// reference implementation: `modeling_llama.py` of transformers, whose order of operations is
/// kept, so that fp32 logits agree within 1e-4.
///
/// q, k, v (and gate, up) are stored as one matrix each; the named parameters are views of it.
public final class LlamaModel: LanguageModel, @unchecked Sendable {
  /// The model's sizes.
  public let configuration: ModelConfiguration
  /// All weights by Hugging Face name, shared ones once, in the order of the checkpoint.
  public let parameters: [(name: String, tensor: Tensor)]
  /// What the weights are stored in.
  public let dtype: DType

  let rotary: RotaryTable
  private let stored: LlamaWeights
  private let byName: [String: Tensor]
  /// Set while `withTrainingWeights` runs.
  private var training: LlamaWeights?

  /// Takes the tensors of a checkpoint, which must be exactly those that `configuration` implies.
  ///
  /// Weights are copied, converted to `dtype` (nil: as they are). Throws `.corrupt` naming the
  /// tensors that are missing, unexpected or of the wrong shape. `lm_head.weight` is ignored if
  /// embeddings are tied, and so are stored rotary frequencies.
  public convenience init(
    _ configuration: ModelConfiguration, tensors: [String: Tensor], dtype: DType? = nil
  ) throws {
    let layout = LlamaParameterLayout(configuration)
    try Self.check(tensors.mapValues(\.shape), against: layout, configuration)
    let dtype = dtype ?? tensors["model.embed_tokens.weight"]?.dtype ?? .float32
    self.init(configuration, dtype: dtype) { name, shape in
      guard let tensor = tensors[name] else { fatalError("model: no tensor \(name) \(shape)") }
      return tensor
    }
  }

  /// A new model with random weights, the same for the same `seed`.
  ///
  /// Matrices are normal with deviation 0.02; projections into the residual stream are divided by
  /// sqrt(2 · layers) (Radford et al. 2019, section 2.3), norms are one, biases zero.
  public convenience init(
    _ configuration: ModelConfiguration, seed: UInt64, dtype: DType = .float32
  ) {
    let generator = Generator(seed: seed)
    let residual = 0.02 / Double(2 * configuration.layers).squareRoot()
    self.init(configuration, dtype: dtype) { name, shape in
      if name.hasSuffix(".bias") { return Tensor.zeros(shape) }
      if shape.count == 1 { return Tensor.ones(shape) }
      let intoResidual = name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight")
      return Tensor.randn(shape, generator: generator) * (intoResidual ? residual : 0.02)
    }
  }

  private init(
    _ configuration: ModelConfiguration, dtype: DType, tensor: (String, [Int]) -> Tensor
  ) {
    self.configuration = configuration
    self.dtype = dtype
    rotary = RotaryTable(theta: configuration.ropeTheta, dimension: configuration.headDimension)
    let layout = LlamaParameterLayout(configuration)
    (stored, byName) = withoutGrad {
      // A copy of each tensor: joined matrices must own their memory, and so must the others,
      // because parameters are changed in place and files are mapped read-only.
      let loose = Dictionary(
        uniqueKeysWithValues: layout.shapes.map { name, shape in
          (name, tensor(name, shape).to(dtype: dtype).clone())
        })
      let weights = LlamaWeights.joined(
        configuration, { name in Self.lookUp(loose, name) }, dtype: dtype)
      return (weights, weights.views(configuration))
    }
    let byName = self.byName
    parameters = layout.shapes.map { ($0.name, Self.lookUp(byName, $0.name)) }
  }

  /// The weight called `name`, nil if there is none; `lm_head.weight` is found when tied, too.
  public func parameter(_ name: String) -> Tensor? {
    if name == "lm_head.weight", configuration.tiesEmbeddings { return stored.embed }
    return byName[name]
  }

  /// An independent model with the same weights, converted to `dtype` if given.
  public func copy(dtype: DType? = nil) -> any LanguageModel {
    LlamaModel(configuration, dtype: dtype ?? self.dtype) { name, _ in
      Self.lookUp(self.byName, name).detach()
    }
  }

  /// Runs `body` with weights cast once, differentiably, to `dtype`.
  public func withTrainingWeights<Result>(
    dtype: DType, _ body: () throws -> Result
  ) rethrows -> Result {
    let before = training
    training = LlamaWeights.joined(
      configuration, { Self.lookUp(byName, $0) }, dtype: dtype)
    defer { training = before }
    return try body()
  }

  /// The weights that a pass should use now.
  ///
  /// Where a parameter wants a gradient outside of `withTrainingWeights`, the joined matrices are
  /// built anew from the parameters, so that the gradient finds its way.
  var current: LlamaWeights {
    if let training { return training }
    if parameters.contains(where: { $0.tensor.requiresGrad }) {
      return LlamaWeights.joined(configuration, { Self.lookUp(byName, $0) }, dtype: dtype)
    }
    return stored
  }

  private static func lookUp(_ named: [String: Tensor], _ name: String) -> Tensor {
    guard let tensor = named[name] else { fatalError("model: no parameter \(name)") }
    return tensor
  }

  /// Compares the shapes of a checkpoint with those that its configuration implies.
  static func check(
    _ found: [String: [Int]], against layout: LlamaParameterLayout, _ c: ModelConfiguration
  ) throws {
    let expected = Dictionary(uniqueKeysWithValues: layout.shapes.map { ($0.name, $0.shape) })
    var faults: [String] = []
    for (name, shape) in layout.shapes {
      if let got = found[name] {
        if got != shape { faults.append("\(name) has shape \(got), expected \(shape)") }
      } else {
        faults.append("\(name) is missing")
      }
    }
    for name in found.keys.sorted() where expected[name] == nil {
      if name == "lm_head.weight", c.tiesEmbeddings { continue }
      if name.hasSuffix("rotary_emb.inv_freq") { continue }
      faults.append("\(name) is unexpected")
    }
    guard let first = faults.first else { return }
    let more = faults.count > 1 ? " (and \(faults.count - 1) more: \(faults[1]))" : ""
    throw AssayError(
      .corrupt, "the weights do not fit config.json: \(first)\(more)",
      hint: "check that model.safetensors and config.json belong together")
  }
}
