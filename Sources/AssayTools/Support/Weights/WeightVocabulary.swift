import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Says in tokens what directions of the residual stream and openings of hidden units are about, by
/// weights alone.
///
/// What is written is read off through the final norm's weight and the unembedding (Geva et al. 2022,
/// "Transformer Feed-Forward Layers Build Predictions by Promoting Concepts in the Vocabulary Space",
/// section 3). What an early block writes is first read by later attention; with every head as likely to
/// carry it as any other, that is the sum over later heads of value and output (Elhage et al. 2021, "A
/// Mathematical Framework for Transformer Circuits", paths of one head).
///
/// What opens a unit is asked of each token's embedding alone, normed as at the block's input: no text, no
/// attention and no other block comes in.
struct WeightVocabulary {
  /// The weights.
  let model: CanonicalModel
  private let tokenizer: Tokenizer?

  /// Reads a suspect's weights.
  init(_ suspect: Suspect) throws {
    model = try CanonicalModel(suspect.bundle.model)
    tokenizer = suspect.bundle.tokenizer
  }

  /// The token's text; its number after "#" where the model has no tokenizer.
  func name(_ token: Int) -> String { tokenizer?.decode([token]) ?? "#\(token)" }

  /// The `count` tokens that score highest, in falling order; lowest first where `largest` is false.
  func tokens(_ scores: Tensor, _ count: Int, largest: Bool = true) -> [Int] {
    scores.topK(min(count, scores.count), dim: 0, largest: largest).indices.ints()
  }

  /// The texts of those tokens.
  func names(_ scores: Tensor, _ count: Int, largest: Bool = true) -> JSONValue {
    JSONValue(tokens(scores, count, largest: largest).map(name))
  }

  /// What `direction` [d] adds to each logit, up to the final norm's scale, [V].
  func direct(_ direction: Tensor) -> Tensor { model.unembedding.matmul(direction) }

  /// The `count` tokens that `direction` [d] moves most, of the end where it moves one further: its sign
  /// means nothing where a gate decides it.
  func written(_ direction: Tensor, _ count: Int) -> JSONValue {
    let logits = direct(direction)
    return names(logits, count, largest: logits.amax().item() >= -logits.amin().item())
  }

  /// What `direction` [d] adds to each logit directly and through any one head after block `layer`, [V].
  func carried(_ direction: Tensor, after layer: Int) -> Tensor {
    var sum = direction
    for later in model.layers.dropFirst(layer + 1) {
      for head in later.heads {
        sum = sum + head.out.matmul(head.value.matmul(direction))  // [d]
      }
    }
    return direct(sum)
  }

  /// How far each token's embedding alone opens the units of block `layer`: [n, I].
  func openings(_ layer: Int, _ normed: Tensor) -> Tensor {
    let units = model.layers[layer].units
    func product(_ rows: Tensor, _ bias: Tensor?) -> Tensor {  // [n, I]
      Tensor.linear(normed, weight: rows, bias: bias)
    }
    let first = product(units.key, units.keyBias)
    let open =
      switch model.configuration.form.activation {
      case .silu: first.silu()
      case .gelu: first.gelu()
      case .geluTanh: first.gelu(approximate: true)
      case .relu: first.relu()
      }
    return units.up.map { open * product($0, units.upBias) } ?? open
  }

  /// At most `limit` tokens spread evenly over the vocabulary: all where there are no more.
  func sample(_ limit: Int) -> [Int] {
    let count = model.embedding.dim(0)
    guard count > limit else { return Array(0..<count) }
    return (0..<limit).map { $0 * count / limit }
  }
}

extension WeightVocabulary {
  /// The name of a hidden unit, as other tools call it.
  static func unit(_ layer: Int, _ index: Int) -> String { "blocks.\(layer).mlp.hidden[\(index)]" }

  /// The name of a head, as other tools call it.
  static func head(_ layer: Int, _ index: Int) -> String {
    "blocks.\(layer).attention.result[\(index)]"
  }

  /// A probability in few digits, small ones too.
  static func short(_ p: Double) -> String {
    p >= 0.001 ? "\((p * 1000).rounded() / 1000)" : "under 0.001"
  }
}
