import AssayCore
import AssayModels
import AssayTensor

/// Directions of the residual stream along which an answer's logit grows, for each of some prompts.
///
/// The final norm is held as it is at the prompt, so that parts of the residual stream add up to the logit
/// (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits", section on path expansion).
struct LogitDirection {
  /// Weights of the final norm, [d].
  let scale: Tensor
  /// Rows of the unembedding, [V, d].
  let unembedding: Tensor
  private let model: any LanguageModel

  /// Weight matrices that are looked at.
  static let matricesRead = 2

  init(_ model: any LanguageModel) throws {
    let norm = try Self.weight(.finalNorm, of: model)
    scale = model.configuration.form.norm == .rmsAroundOne ? norm + 1 : norm
    unembedding = try Self.weight(.head, of: model)
    self.model = model
  }

  /// The weights of `model` at `place`, float32; throws `AssayError(.unsupported)` where there are none.
  static func weight(_ place: WeightPlace, of model: any LanguageModel) throws -> Tensor {
    guard let tensor = model.weight(at: place) else {
      throw AssayError(.unsupported, "the model has no weights at \(place)")
    }
    return tensor.detach().to(dtype: .float32)
  }

  /// Directions [B, d] for `targets`, less `against` if given, where the residual streams are `last` [B, d].
  func directions(_ last: Tensor, targets: [Int], against: [Int]?) -> Tensor {
    // LayerNorm takes the mean off first; what is written along it has no effect.
    let isLayerNorm = model.configuration.form.norm == .layer
    let centred = isLayerNorm ? last - last.mean(-1, keep: true) : last
    let square = (centred * centred).mean(-1, keep: true) + model.configuration.normEpsilon
    var wanted = unembedding.indexSelect(0, index: Tensor(targets, shape: [targets.count]))
    if let against {
      wanted = wanted - unembedding.indexSelect(0, index: Tensor(against, shape: [against.count]))
    }
    let direction = wanted * scale * square.rsqrt()
    return isLayerNorm ? direction - direction.mean(-1, keep: true) : direction
  }
}
