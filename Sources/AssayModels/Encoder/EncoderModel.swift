import AssayCore
import AssayTensor
import Foundation

/// An encoder of BERT's form: every token sees every other, and each gets a vector.
///
/// One computation for all families in `EncoderFamilies`, in the order of operations of transformers,
/// so that fp32 vectors agree within 1e-4. Letters in shapes: B rows, T tokens, d width, H heads, D head
/// width, I MLP width.
public final class EncoderModel: @unchecked Sendable {
  /// The model's sizes.
  public let configuration: EncoderConfiguration
  /// All weights by Hugging Face name.
  public let parameters: [(name: String, tensor: Tensor)]
  /// What the weights are stored in.
  public let dtype: DType

  /// A projection, or a norm, with its bias.
  private struct Affine {
    var weight: Tensor
    var bias: Tensor
  }

  private struct Block {
    var query, key, value, attentionOut, attentionNorm: Affine
    var mlpIn, mlpOut, mlpNorm: Affine
  }

  private let words: Tensor  // [V, d]
  private let positions: Tensor  // [P, d]
  private let segments: Tensor?  // [S, d]
  private let embeddingNorm: Affine
  private let blocks: [Block]

  /// Reads the weights of a checkpoint, which must be exactly those that `configuration` implies.
  ///
  /// Heads for a task are left out; names with `gamma` and `beta` of the oldest checkpoints are
  /// understood. Throws `.corrupt` naming what is missing, unexpected or of the wrong shape.
  init(_ configuration: EncoderConfiguration, checkpoint: Checkpoint, dtype: DType) throws {
    let family = EncoderFamilies.named(configuration.family)
    let stored = try Self.storedNames(configuration, checkpoint.shapes)
    let shapes = checkpoint.shapes
    var byName: [String: Tensor] = [:]
    var parameters: [(name: String, tensor: Tensor)] = []
    for (name, _) in Self.expected(configuration) {
      guard let source = stored[name], let shape = shapes[source] else { continue }
      let tensor = Tensor.empty(shape, dtype: dtype)
      try withoutGrad { try checkpoint.read(source, into: tensor) }
      byName[name] = tensor
      parameters.append((name, tensor))
    }
    func tensor(_ name: String) -> Tensor {
      guard let tensor = byName[name] else { fatalError("model: no parameter \(name)") }
      return tensor
    }
    func affine(_ name: String) -> Affine {
      Affine(weight: tensor("\(name).weight"), bias: tensor("\(name).bias"))
    }
    self.configuration = configuration
    self.parameters = parameters
    self.dtype = dtype
    words = tensor("embeddings.word_embeddings.weight")
    positions = tensor("embeddings.position_embeddings.weight")
    segments = byName["embeddings.token_type_embeddings.weight"]
    embeddingNorm = affine("embeddings.LayerNorm")
    let names = family.names
    blocks = (0..<configuration.layers).map { layer in
      func at(_ name: String) -> Affine { affine(names.at(layer, name)) }
      return Block(
        query: at(names.query), key: at(names.key), value: at(names.value),
        attentionOut: at(names.attentionOut), attentionNorm: at(names.attentionNorm),
        mlpIn: at(names.mlpIn), mlpOut: at(names.mlpOut), mlpNorm: at(names.mlpNorm))
    }
  }

  /// Number of weights.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

  /// The weight called `name`, nil if there is none.
  public func parameter(_ name: String) -> Tensor? {
    parameters.first { $0.name == name }?.tensor
  }

  /// Vectors [B, T, d] of `tokens` [B, T] after the last block; see `hiddenStates`.
  public func encode(_ tokens: Tensor, mask: Tensor? = nil, segments: Tensor? = nil) -> Tensor {
    run(tokens, mask, segments) { _ in }
  }

  /// The embeddings and what each block makes of them, [B, T, d] each.
  ///
  /// `mask` [B, T] (bool) is false where a row is filled up with padding, which no token sees; nil: there
  /// is none. `segments` [B, T] tells the first text of a pair (0) from the second (1); nil: all 0.
  public func hiddenStates(
    _ tokens: Tensor, mask: Tensor? = nil, segments: Tensor? = nil
  ) -> [Tensor] {
    var states: [Tensor] = []
    _ = run(tokens, mask, segments) { states.append($0) }
    return states
  }

  private func run(
    _ tokens: Tensor, _ mask: Tensor?, _ segments: Tensor?, _ visit: (Tensor) -> Void
  ) -> Tensor {
    precondition(tokens.rank == 2, "encoder: expected tokens [B, T], got \(tokens.shape)")
    let (B, T) = (tokens.dim(0), tokens.dim(1))
    let visible = mask?.reshape([B, 1, 1, T])
    var x = embed(tokens, segments)  // [B, T, d]
    visit(x)
    for block in blocks {
      x = norm(x + attention(block, x, visible), block.attentionNorm)  // [B, T, d]
      let hidden = activated(project(x, block.mlpIn))  // [B, T, I]
      x = norm(project(hidden, block.mlpOut) + x, block.mlpNorm)  // [B, T, d]
      visit(x)
    }
    return x
  }

  private func embed(_ tokens: Tensor, _ kinds: Tensor?) -> Tensor {
    let c = configuration
    var x = Tensor.embedding(tokens, weight: words)  // [B, T, d]
    if let segments {
      let kinds = kinds ?? Tensor.zeros(tokens.shape, dtype: .int64)
      x = x + Tensor.embedding(kinds, weight: segments)
    }
    let places: Tensor  // [1, T] or [B, T]
    if c.countsFromPadding {
      // Padding stays at its own number, real tokens count on from there.
      let real = tokens.ne(Double(c.paddingToken)).to(dtype: .int64)
      places = real.cumsum(1) * real + Double(c.paddingToken)
    } else {
      places = Tensor.arange(tokens.dim(1)).unsqueeze(0)
    }
    return norm(x + Tensor.embedding(places, weight: positions), embeddingNorm)
  }

  /// What attention adds to x [B, T, d]; `visible` [B, 1, 1, T] is true where there is a token.
  private func attention(_ block: Block, _ x: Tensor, _ visible: Tensor?) -> Tensor {
    let (B, T, H, D) = (x.dim(0), x.dim(1), configuration.heads, configuration.headDimension)
    func heads(_ part: Affine) -> Tensor {
      project(x, part).reshape([B, T, H, D]).transpose(1, 2)  // [B, H, T, D]
    }
    let z = Tensor.scaledDotProductAttention(
      heads(block.query), heads(block.key), heads(block.value), mask: visible)  // [B, H, T, D]
    return project(z.transpose(1, 2).reshape([B, T, H * D]), block.attentionOut)
  }

  private func project(_ x: Tensor, _ w: Affine) -> Tensor {
    Tensor.linear(x, weight: w.weight, bias: w.bias)
  }

  private func norm(_ x: Tensor, _ w: Affine) -> Tensor {
    Tensor.layerNorm(x, weight: w.weight, bias: w.bias, eps: configuration.normEpsilon)
  }

  private func activated(_ x: Tensor) -> Tensor {
    switch configuration.activation {
    case .silu: x.silu()
    case .gelu: x.gelu()
    case .geluTanh: x.gelu(approximate: true)
    case .relu: x.relu()
    }
  }
}
