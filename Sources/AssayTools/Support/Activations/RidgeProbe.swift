import AssayTensor

/// A ridge regression from activations to labels of ±1.
struct RidgeProbe {
  private let values: Tensor  // [N, d]
  private let ridge: Double

  init(_ values: Tensor, ridge: Double) {
    self.values = values
    self.ridge = ridge
  }

  /// How many are told right by probes that were trained on the other folds, cut from `order`.
  func crossValidated(_ labels: [Double], order: [Int], folds: Int) -> Int {
    withInference {
      (0..<folds).reduce(0) { sum, fold in
        let held = order.indices.filter { $0 % folds == fold }.map { order[$0] }
        let kept = order.indices.filter { $0 % folds != fold }.map { order[$0] }
        let scores = predicted(held, from: kept, labels)
        return sum + zip(held, scores).count { labels[$0] * $1 > 0 }
      }
    }
  }

  /// The scores of `others` [M, d] by a probe that was trained on all.
  func scores(_ others: Tensor, trainedOn labels: [Double]) -> [Double] {
    withInference { Fit(values, labels, ridge).scores(others) }
  }

  private func predicted(_ held: [Int], from kept: [Int], _ labels: [Double]) -> [Double] {
    let fit = Fit(values.indexSelect(0, index: kept), kept.map { labels[$0] }, ridge)
    return fit.scores(values.indexSelect(0, index: held))
  }

  private struct Fit {
    var mean: Tensor
    var deviation: Tensor
    var weights: Tensor  // [d]
    var offset: Double

    init(_ x: Tensor, _ labels: [Double], _ ridge: Double) {
      let rows = x.to(dtype: .float64)
      mean = rows.mean(0)
      deviation = (rows.var(0, correction: 0) + 1e-12).sqrt()
      let scaled = (rows - mean) / deviation  // [N, d]
      let centre = labels.reduce(0, +) / Double(max(labels.count, 1))
      offset = centre
      let y = Tensor(doubles: labels.map { $0 - centre })
      let (n, d) = (rows.dim(0), rows.dim(1))
      // The smaller of the two systems; the solutions are the same.
      if n <= d {
        let gram = scaled.matmul(scaled.T) + Tensor.eye(n, dtype: .float64) * (ridge * Double(n))
        weights = scaled.T.matmul(gram.solve(y.unsqueeze(1)).flatten())
      } else {
        let gram = scaled.T.matmul(scaled) + Tensor.eye(d, dtype: .float64) * (ridge * Double(n))
        weights = gram.solve(scaled.T.matmul(y).unsqueeze(1)).flatten()
      }
    }

    func scores(_ x: Tensor) -> [Double] {
      (((x.to(dtype: .float64) - mean) / deviation).matmul(weights) + offset).doubles()
    }
  }
}
