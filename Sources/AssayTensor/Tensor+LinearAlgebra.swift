import CTorch

extension Tensor {
  /// Matrix product; leading dimensions broadcast, vectors count as rows or columns.
  public func matmul(_ other: Tensor) -> Tensor {
    Tensor.make("matmul", [self, other]) { atx_matmul(handle, other.handle, $0) }
  }

  /// Products of `[B, n, m]` and `[B, m, p]`: `[B, n, p]`.
  public func bmm(_ other: Tensor) -> Tensor {
    Tensor.make("bmm", [self, other]) { atx_bmm(handle, other.handle, $0) }
  }

  /// `[n]` and `[m]` to `[n, m]`, every element times every element.
  public func outer(_ other: Tensor) -> Tensor {
    Tensor.make("outer", [self, other]) { atx_outer(handle, other.handle, $0) }
  }

  /// x Wᵀ + b: x `[.., in]`, weight `[out, in]`, bias `[out]`, result `[.., out]`.
  public static func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor {
    make("linear", [x, weight] + (bias.map { [$0] } ?? [])) {
      atx_linear(x.handle, weight.handle, bias?.handle, $0)
    }
  }

  /// `beta` · base + `alpha` · a b, matrices.
  public static func addmm(
    _ base: Tensor, _ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1
  ) -> Tensor {
    make("addmm", [base, a, b]) { atx_addmm(base.handle, a.handle, b.handle, beta, alpha, $0) }
  }

  /// Einstein summation, such as `einsum("bij,bjk->bik", [a, b])`.
  public static func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
    withHandles(operands) { handles, count in
      make("einsum", operands, note: "equation \(equation)") {
        atx_einsum(equation, handles, count, $0)
      }
    }
  }

  /// U diag(s) Vh of `[.., m, n]` (float32 or float64); singular values fall.
  ///
  /// Reduced: u `[.., m, k]`, s `[.., k]`, vh `[.., k, n]` with k = min(m, n). `full` gives square
  /// u and vh.
  public func svd(full: Bool = false) -> (u: Tensor, s: Tensor, vh: Tensor) {
    var u: OpaquePointer?
    var s: OpaquePointer?
    var vh: OpaquePointer?
    guard atx_svd(handle, full, &u, &s, &vh) == 0, let u, let s, let vh else {
      tensorFailure("svd", [self])
    }
    return (Tensor(owning: u), Tensor(owning: s), Tensor(owning: vh))
  }

  /// Singular values alone, falling.
  public func singularValues() -> Tensor {
    Tensor.make("singularValues", [self]) { atx_svdvals(handle, $0) }
  }

  /// Eigenvalues (rising) and eigenvectors (columns) of a symmetric matrix.
  public func eigh() -> (values: Tensor, vectors: Tensor) {
    Tensor.makeTwo("eigh", [self]) { atx_eigh(handle, $0, $1) }
  }

  /// Orthonormal q and upper triangular r with q r = self (reduced).
  public func qr() -> (q: Tensor, r: Tensor) {
    Tensor.makeTwo("qr", [self]) { atx_qr(handle, $0, $1) }
  }

  /// The inverse matrix; traps where there is none.
  public func inverse() -> Tensor {
    Tensor.make("inverse", [self]) { atx_inverse(handle, $0) }
  }

  /// The Moore-Penrose inverse.
  public func pseudoInverse() -> Tensor {
    Tensor.make("pseudoInverse", [self]) { atx_pinv(handle, $0) }
  }

  /// x with self · x = b; traps where self is singular.
  public func solve(_ b: Tensor) -> Tensor {
    Tensor.make("solve", [self, b]) { atx_solve(handle, b.handle, $0) }
  }

  /// The x that makes |self · x - b| least.
  public func leastSquares(_ b: Tensor) -> Tensor {
    Tensor.make("leastSquares", [self, b]) { atx_lstsq(handle, b.handle, $0) }
  }

  /// Lower triangular L with L Lᵀ = self, for a positive definite matrix; traps for others.
  public func cholesky() -> Tensor {
    Tensor.make("cholesky", [self]) { atx_cholesky(handle, $0) }
  }

  /// Sign and logarithm of the absolute value of the determinant.
  public func logDeterminant() -> (sign: Tensor, logarithm: Tensor) {
    Tensor.makeTwo("logDeterminant", [self]) { atx_slogdet(handle, $0, $1) }
  }
}
