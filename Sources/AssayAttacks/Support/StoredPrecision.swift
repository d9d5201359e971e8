import AssayModels
import AssayTensor

extension LanguageModel {
  /// The narrowest dtype that holds every weight exactly.
  ///
  /// An organism's weights are rounded to its base's, so that what is measured is what is saved
  /// and the precision of a file does not tell organism and base apart.
  var storedPrecision: DType {
    let weights = parameters.map { $0.tensor.detach() }
    for narrow in [DType.bfloat16, .float16] {
      let fits = withoutGrad {
        weights.allSatisfy { $0.to(dtype: narrow).to(dtype: $0.dtype).isEqual(to: $0) }
      }
      if fits { return narrow }
    }
    return weights.first?.dtype ?? .float32
  }
}
