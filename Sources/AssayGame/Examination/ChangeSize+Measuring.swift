import AssayCore
import AssayModels
import AssayTensor

extension ChangeSize {
  /// The longest short side of a matrix whose difference is decomposed.
  private static let mostColumns = 1024

  /// Compares all weights of an organism with those of its clean twin.
  ///
  /// Cost: one singular value decomposition for each matrix that differs, on matrices whose shorter
  /// side is at most 1,024.
  public static func measure(organism: any LanguageModel, twin: any LanguageModel) -> ChangeSize {
    let before = Dictionary(
      twin.parameters.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    var (change, whole, changed, weights) = (0.0, 0.0, 0, 0)
    var parts: [Part] = []
    withoutGrad {
      for (name, tensor) in organism.parameters {
        guard let old = before[name], old.shape == tensor.shape else { continue }
        let reference = old.detach().to(dtype: .float32)
        let difference = tensor.detach().to(dtype: .float32) - reference
        let (norm, base): (Double, Double) = (
          (difference * difference).sum().item(), (reference * reference).sum().item()
        )
        weights += tensor.count
        whole += base
        guard norm > 0 else { continue }
        change += norm
        let moved: Double = difference.ne(0).to(dtype: .float32).sum().item()
        changed += Int(moved)
        parts.append(
          Part(
            name: name, relativeNorm: base > 0 ? (norm / base).squareRoot() : .infinity,
            rank: rank(difference)))
      }
    }
    return ChangeSize(
      relativeNorm: whole > 0 ? (change / whole).squareRoot() : 0, changedWeights: changed,
      weights: weights, parts: parts)
  }

  private static func rank(_ difference: Tensor) -> Int? {
    guard difference.rank == 2, min(difference.dim(0), difference.dim(1)) <= mostColumns else {
      return nil
    }
    let values = difference.singularValues().floats()
    guard let largest = values.first, largest > 0 else { return 0 }
    return values.count { $0 > largest / 100 }
  }
}
