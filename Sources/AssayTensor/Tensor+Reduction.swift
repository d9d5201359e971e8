import CTorch

extension Tensor {
  /// Sum over all elements (a scalar), or along `dim`.
  public func sum(_ dim: Int? = nil, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("sum", [self], note: dim.map { "dimension \($0)" }) {
        atx_sum(handle, dims, count, keep, $0)
      }
    }
  }

  /// Mean over all elements (a scalar), or along `dim`.
  public func mean(_ dim: Int? = nil, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("mean", [self], note: dim.map { "dimension \($0)" }) {
        atx_mean(handle, dims, count, keep, $0)
      }
    }
  }

  /// Standard deviation (n - `correction` in the denominator) over all elements (a scalar), or along `dim`.
  public func std(_ dim: Int? = nil, correction: Double = 1, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("std", [self], note: dim.map { "dimension \($0)" }) {
        atx_std(handle, dims, count, correction, keep, $0)
      }
    }
  }

  /// Variance (n - `correction` in the denominator) over all elements (a scalar), or along `dim`.
  public func `var`(_ dim: Int? = nil, correction: Double = 1, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("var", [self], note: dim.map { "dimension \($0)" }) {
        atx_var(handle, dims, count, correction, keep, $0)
      }
    }
  }

  /// The `order`-norm of the elements over all elements (a scalar), or along `dim`.
  public func norm(_ dim: Int? = nil, order: Double = 2, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("norm", [self], note: dim.map { "dimension \($0)" }) {
        atx_norm(handle, order, dims, count, keep, $0)
      }
    }
  }

  /// Greatest element over all elements (a scalar), or along `dim`.
  public func amax(_ dim: Int? = nil, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("amax", [self], note: dim.map { "dimension \($0)" }) {
        atx_amax(handle, dims, count, keep, $0)
      }
    }
  }

  /// Least element over all elements (a scalar), or along `dim`.
  public func amin(_ dim: Int? = nil, keep: Bool = false) -> Tensor {
    Tensor.withDims(dim) { dims, count in
      Tensor.make("amin", [self], note: dim.map { "dimension \($0)" }) {
        atx_amin(handle, dims, count, keep, $0)
      }
    }
  }

  /// Sum along several dimensions.
  public func sum(_ dims: [Int], keep: Bool = false) -> Tensor {
    Tensor.withInts(dims) { values, count in
      Tensor.make("sum", [self], note: "dimensions \(dims)") {
        atx_sum(handle, values, count, keep, $0)
      }
    }
  }

  /// Mean along several dimensions.
  public func mean(_ dims: [Int], keep: Bool = false) -> Tensor {
    Tensor.withInts(dims) { values, count in
      Tensor.make("mean", [self], note: "dimensions \(dims)") {
        atx_mean(handle, values, count, keep, $0)
      }
    }
  }

  /// The greatest element, a scalar.
  public func max() -> Tensor { amax() }

  /// The least element, a scalar.
  public func min() -> Tensor { amin() }

  /// log Σ exp along `dim`, without overflow.
  public func logSumExp(_ dim: Int, keep: Bool = false) -> Tensor {
    Tensor.make("logSumExp", [self]) { atx_logsumexp(handle, Int64(dim), keep, $0) }
  }

  /// Product along `dim`.
  public func prod(_ dim: Int, keep: Bool = false) -> Tensor {
    Tensor.make("prod", [self]) { atx_prod(handle, Int64(dim), keep, $0) }
  }

  /// Running sums along `dim`.
  public func cumsum(_ dim: Int) -> Tensor {
    Tensor.make("cumsum", [self]) { atx_cumsum(handle, Int64(dim), $0) }
  }

  /// Running products along `dim`.
  public func cumprod(_ dim: Int) -> Tensor {
    Tensor.make("cumprod", [self]) { atx_cumprod(handle, Int64(dim), $0) }
  }

  @inline(__always)
  static func withDims<R>(_ dim: Int?, _ body: (UnsafePointer<Int64>?, Int64) -> R) -> R {
    guard let dim else { return body(nil, 0) }
    var one = Int64(dim)
    return body(&one, 1)
  }
}
