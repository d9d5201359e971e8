import AssayTensor
import Foundation

/// The singular values of one matrix and what they say about its shape.
struct Spectrum {
  /// Singular values in falling order.
  let values: [Double]
  private let sizes: (Int, Int)

  /// Of `matrix`, through the eigenvalues of its smaller Gram matrix in float64.
  ///
  /// Singular values below a hundred-millionth of the greatest are noise.
  init(_ matrix: Tensor) {
    let wide = matrix.dim(0) <= matrix.dim(1) ? matrix : matrix.T
    let double = wide.to(dtype: .float64)
    let eigenvalues = double.matmul(double.T).eigh().values.doubles()
    self.init(
      values: eigenvalues.reversed().map { max($0, 0).squareRoot() },
      sizes: (matrix.dim(0), matrix.dim(1)))
  }

  /// Of the product `left`ᵀ `right` of two [D, d], from their triangles.
  init(left: Tensor, right: Tensor) {
    let product = left.T.qr().r.matmul(right.T.qr().r.T)  // [D, D]
    self.init(values: product.singularValues().doubles(), sizes: (left.dim(1), right.dim(1)))
  }

  private init(values: [Double], sizes: (Int, Int)) {
    self.values = values
    self.sizes = sizes
  }

  /// The greatest.
  var first: Double { values.first ?? 0 }

  /// Logarithm of the first over the second.
  var gap: Double { values.count > 1 ? log(max(first, 1e-30) / max(values[1], 1e-30)) : 0 }

  /// Logarithm of the first over the median.
  var height: Double { log(max(first, 1e-30) / max(OutlierTest.median(values), 1e-30)) }

  /// Sum of squares over the greatest square (Rudelson and Vershynin 2007).
  var stableRank: Double {
    first > 0 ? values.reduce(0) { $0 + $1 * $1 } / (first * first) : 0
  }

  /// Singular values above the edge that noise with this median would have.
  ///
  /// The law is Marchenko and Pastur's (1967); its edge from the median as in Gavish and Donoho 2014, "The
  /// Optimal Hard Threshold for Singular Values is 4/√3", section III. Trained matrices are no noise: read
  /// the number against those of the other blocks. 0 for matrices of low rank.
  var aboveEdge: Int {
    let (small, large) = (Double(min(sizes.0, sizes.1)), Double(max(sizes.0, sizes.1)))
    guard values.count == Int(small) else { return 0 }
    let ratio = small / large
    let edge = (1 + ratio.squareRoot()) / Self.medianOfNoise(ratio).squareRoot()
    let limit = edge * OutlierTest.median(values)
    return values.filter { $0 > limit }.count
  }

  /// The median of Marchenko and Pastur's law for noise of variance one and `ratio` in 0...1.
  static func medianOfNoise(_ ratio: Double) -> Double {
    let (low, high) = (pow(1 - ratio.squareRoot(), 2), pow(1 + ratio.squareRoot(), 2))
    // Substituting x = mid + half cos t takes the roots at both ends away.
    let (mid, half) = ((low + high) / 2, (high - low) / 2)
    let steps = 2000
    let weights = (0..<steps).map { step -> (x: Double, mass: Double) in
      let t = Double.pi * (1 - (Double(step) + 0.5) / Double(steps))
      let x = mid + half * cos(t)
      return (x, half * half * sin(t) * sin(t) / (2 * Double.pi * ratio * x))
    }
    let total = weights.reduce(0) { $0 + $1.mass }
    var sum = 0.0
    for weight in weights {
      sum += weight.mass
      if sum >= total / 2 { return weight.x }
    }
    return mid
  }
}
