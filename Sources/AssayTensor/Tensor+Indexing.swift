import CTorch

// Indices are int64 throughout.
extension Tensor {
  /// out[i][j] = self[index[i][j]][j] for `dim` 0, and likewise along other dimensions.
  public func gather(_ dim: Int, index: Tensor) -> Tensor {
    Tensor.make("gather", [self, index], note: "dimension \(dim)") {
      atx_gather(handle, Int64(dim), index.handle, $0)
    }
  }

  /// Entries of dimension `dim` picked by a one-dimensional `index`.
  public func indexSelect(_ dim: Int, index: Tensor) -> Tensor {
    Tensor.make("indexSelect", [self, index], note: "dimension \(dim)") {
      atx_index_select(handle, Int64(dim), index.handle, $0)
    }
  }

  /// Entries of dimension `dim` picked by their numbers.
  public func indexSelect(_ dim: Int, index: [Int]) -> Tensor {
    indexSelect(dim, index: Tensor(index).to(device: device))
  }

  /// A copy with `source` written where `index` points along `dim` (the inverse of `gather`).
  public func scatter(_ dim: Int, index: Tensor, source: Tensor) -> Tensor {
    Tensor.make("scatter", [self, index, source], note: "dimension \(dim)") {
      atx_scatter(handle, Int64(dim), index.handle, source.handle, $0)
    }
  }

  /// A copy with `source` added where `index` points along `dim`.
  public func scatterAdd(_ dim: Int, index: Tensor, source: Tensor) -> Tensor {
    Tensor.make("scatterAdd", [self, index, source], note: "dimension \(dim)") {
      atx_scatter_add(handle, Int64(dim), index.handle, source.handle, $0)
    }
  }

  /// A copy with the entries of `source` added to the entries that a 1-D `index` names.
  public func indexAdd(_ dim: Int, index: Tensor, source: Tensor) -> Tensor {
    Tensor.make("indexAdd", [self, index, source], note: "dimension \(dim)") {
      atx_index_add(handle, Int64(dim), index.handle, source.handle, $0)
    }
  }

  /// A copy with `value` where `mask` (bool, broadcast) is true.
  public func maskedFill(_ mask: Tensor, _ value: Double) -> Tensor {
    Tensor.make("maskedFill", [self, mask]) { atx_masked_fill(handle, mask.handle, value, $0) }
  }

  /// The elements where `mask` (bool, broadcast) is true, in one dimension.
  public func maskedSelect(_ mask: Tensor) -> Tensor {
    Tensor.make("maskedSelect", [self, mask]) { atx_masked_select(handle, mask.handle, $0) }
  }

  /// Coordinates of the elements that are not zero, `[n, rank]`.
  public func nonzero() -> Tensor {
    Tensor.make("nonzero", [self]) { atx_nonzero(handle, $0) }
  }

  /// int64 `[..]` to int64 `[.., classes]` with a 1 at each index.
  public func oneHot(_ classes: Int) -> Tensor {
    Tensor.make("oneHot", [self]) { atx_one_hot(handle, Int64(classes), $0) }
  }

  /// Rows of `weight` `[V, d]` for `ids` `[..]`: `[.., d]`.
  public static func embedding(_ ids: Tensor, weight: Tensor) -> Tensor {
    make("embedding", [ids, weight]) { atx_embedding(ids.handle, weight.handle, $0) }
  }
}
