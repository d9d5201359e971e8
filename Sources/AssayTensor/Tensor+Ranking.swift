import CTorch

extension Tensor {
  /// Values and the indices (int64) where they stood.
  public typealias Ranked = (values: Tensor, indices: Tensor)

  /// Greatest element along `dim`, and where it is.
  public func max(_ dim: Int, keep: Bool = false) -> Ranked {
    Tensor.makeTwo("max", [self]) { atx_max_dim(handle, Int64(dim), keep, $0, $1) }
  }

  /// Least element along `dim`, and where it is.
  public func min(_ dim: Int, keep: Bool = false) -> Ranked {
    Tensor.makeTwo("min", [self]) { atx_min_dim(handle, Int64(dim), keep, $0, $1) }
  }

  /// Index (int64) of the greatest element along `dim`; the first one of equals.
  public func argmax(_ dim: Int = -1, keep: Bool = false) -> Tensor {
    Tensor.make("argmax", [self]) { atx_argmax(handle, Int64(dim), keep, $0) }
  }

  /// Index (int64) of the least element along `dim`; the first one of equals.
  public func argmin(_ dim: Int = -1, keep: Bool = false) -> Tensor {
    Tensor.make("argmin", [self]) { atx_argmin(handle, Int64(dim), keep, $0) }
  }

  /// The `k` greatest along `dim`, in falling order (`largest: false`: the least, rising).
  public func topK(_ k: Int, dim: Int = -1, largest: Bool = true) -> Ranked {
    Tensor.makeTwo("topK", [self]) { atx_topk(handle, Int64(k), Int64(dim), largest, $0, $1) }
  }

  /// Sorted along `dim`; equals keep their order.
  public func sort(_ dim: Int = -1, descending: Bool = false) -> Ranked {
    Tensor.makeTwo("sort", [self]) { atx_sort(handle, Int64(dim), descending, $0, $1) }
  }

  /// Indices (int64) that would sort along `dim`.
  public func argsort(_ dim: Int = -1, descending: Bool = false) -> Tensor {
    sort(dim, descending: descending).indices
  }

  /// The value below which a share `q` (0...1) lies along `dim`, interpolated linearly.
  public func quantile(_ q: Double, dim: Int = -1, keep: Bool = false) -> Tensor {
    Tensor.make("quantile", [self]) { atx_quantile(handle, q, Int64(dim), keep, $0) }
  }
}
