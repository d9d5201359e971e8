/// A symmetric positive definite matrix, taken apart so that systems with it can be solved.
///
/// For the few dozen unknowns of ratings and of what an attacker learns; cost O(n³) once, O(n²) for each
/// solution.
///
/// Source: Golub and Van Loan, "Matrix Computations" (4th edition, 2013), section 4.2.5.
struct CholeskyFactor {
  /// L, lower triangular, with the matrix equal to L Lᵀ: rows of growing length.
  let lower: [[Double]]

  /// Factors `matrix` [n, n], of which the lower triangle is read; nil where it is not positive definite.
  init?(_ matrix: [[Double]]) {
    var lower: [[Double]] = []
    for row in matrix.indices {
      var next = [Double](repeating: 0, count: row + 1)
      for column in 0...row {
        var sum = matrix[row][column]
        for k in 0..<column {
          sum -= next[k] * (column == row ? next[k] : lower[column][k])
        }
        if column == row {
          guard sum > 0, sum.isFinite else { return nil }
          next[row] = sum.squareRoot()
        } else {
          next[column] = sum / lower[column][column]
        }
      }
      lower.append(next)
    }
    self.lower = lower
  }

  /// The x [n] with A x = `right` [n].
  func solve(_ right: [Double]) -> [Double] {
    var forward = right
    for row in lower.indices {
      for k in 0..<row { forward[row] -= lower[row][k] * forward[k] }
      forward[row] /= lower[row][row]
    }
    return solveTransposed(forward)
  }

  /// The x [n] with Lᵀ x = `right` [n]: standard normal numbers become ones whose precision is A.
  func solveTransposed(_ right: [Double]) -> [Double] {
    var x = right
    for row in lower.indices.reversed() {
      for k in (row + 1)..<max(row + 1, x.count) { x[row] -= lower[k][row] * x[k] }
      x[row] /= lower[row][row]
    }
    return x
  }

  /// The inverse [n, n].
  func inverse() -> [[Double]] {
    lower.indices.map { column in
      solve(lower.indices.map { $0 == column ? 1 : 0 })
    }
  }
}
