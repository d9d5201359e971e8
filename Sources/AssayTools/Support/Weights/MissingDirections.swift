import AssayTensor
import Foundation

/// Directions of the residual stream that nothing writes.
///
/// A direction can be taken out of a model by making every matrix that writes orthogonal to it, after
/// which the model cannot represent what it stood for (Arditi et al. 2024, "Refusal in Language Models Is
/// Mediated by a Single Direction", section 4.1). Training leaves no such hole, so a least eigenvalue of the
/// writers' common second moment that stands apart from the next ones is its mark.
struct MissingDirections {
  /// How many stand apart, and how likely so wide a gap is.
  let test: OutlierTest
  /// The least eigenvalues, rising, each over the mean of all.
  let least: [Double]
  /// The directions that stand apart, at least one, [k, d].
  let directions: Tensor

  /// Looks at what the blocks of `model` write.
  init(_ model: CanonicalModel) {
    let width = model.configuration.hiddenSize
    var moment = Tensor.zeros([width, width], dtype: .float64)
    for layer in model.layers {
      for matrix in [layer.units.out, layer.attentionOut] {
        let double = matrix.to(dtype: .float64)
        moment = moment + double.matmul(double.T) / max(double.square().sum().item(), 1e-30)
      }
    }
    moment = moment * (Double(width) / Double(2 * model.layers.count))
    if model.configuration.form.norm == .layer {
      // Nothing writes along the mean by construction.
      moment = moment + Tensor.full([width, width], 1 / Double(width), dtype: .float64)
    }
    let (values, vectors) = moment.eigh()  // rising
    let eigenvalues = values.doubles()
    // Below float32's rounding nothing can be told apart.
    test = OutlierTest(leading: eigenvalues.map { -log(max($0, 1e-12)) })
    least = Array(eigenvalues.prefix(8))
    directions = vectors.narrow(1, start: 0, length: max(1, test.count)).T.to(dtype: .float32)
  }
}
