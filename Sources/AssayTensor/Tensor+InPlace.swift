import CTorch

// Everything here changes the elements for all who hold this tensor or a view of it. A leaf that
// requires a gradient may only be changed inside `withoutGrad`.
extension Tensor {
  /// Overwrites the elements with those of `source`, broadcast and converted.
  @discardableResult
  public func copy_(_ source: Tensor) -> Tensor {
    Tensor.run("copy_", [self, source]) { atx_copy_(handle, source.handle) }
    return self
  }

  /// Sets every element to `value`.
  @discardableResult
  public func fill_(_ value: Double) -> Tensor {
    Tensor.run("fill_", [self]) { atx_fill_(handle, value) }
    return self
  }

  /// Sets every element to 0.
  @discardableResult
  public func zero_() -> Tensor { fill_(0) }

  /// Adds `alpha` · `other`.
  @discardableResult
  public func add_(_ other: Tensor, alpha: Double = 1) -> Tensor {
    Tensor.run("add_", [self, other]) { atx_add_(handle, other.handle, alpha) }
    return self
  }

  /// Subtracts `alpha` · `other`.
  @discardableResult
  public func sub_(_ other: Tensor, alpha: Double = 1) -> Tensor { add_(other, alpha: -alpha) }

  /// Adds a number.
  @discardableResult
  public func add_(_ value: Double) -> Tensor {
    Tensor.run("add_", [self]) { atx_add_scalar_(handle, value) }
    return self
  }

  /// Multiplies element by element.
  @discardableResult
  public func mul_(_ other: Tensor) -> Tensor {
    Tensor.run("mul_", [self, other]) { atx_mul_(handle, other.handle) }
    return self
  }

  /// Multiplies with a number.
  @discardableResult
  public func mul_(_ value: Double) -> Tensor {
    Tensor.run("mul_", [self]) { atx_mul_scalar_(handle, value) }
    return self
  }

  /// Moves every element into the bounds.
  @discardableResult
  public func clamp_(min: Double? = nil, max: Double? = nil) -> Tensor {
    Tensor.run("clamp_", [self]) {
      atx_clamp_(handle, min != nil, min ?? 0, max != nil, max ?? 0)
    }
    return self
  }

  /// Overwrites the entries of dimension `dim` that `index` names with those of `source`.
  @discardableResult
  public func indexCopy_(_ dim: Int, index: Tensor, source: Tensor) -> Tensor {
    Tensor.run("indexCopy_", [self, index, source]) {
      atx_index_copy_(handle, Int64(dim), index.handle, source.handle)
    }
    return self
  }
}
