import CTorch

extension Tensor {
  /// The same elements in another shape; one size may be -1.
  ///
  /// A view where the layout allows.
  public func reshape(_ shape: [Int]) -> Tensor {
    Tensor.withInts(shape) { sizes, rank in
      Tensor.make("reshape", [self], note: "new shape \(shape)") {
        atx_reshape(handle, sizes, rank, $0)
      }
    }
  }

  /// A view in which dimensions of size 1 appear repeated; -1 keeps a size.
  public func expand(_ shape: [Int]) -> Tensor {
    Tensor.withInts(shape) { sizes, rank in
      Tensor.make("expand", [self], note: "new shape \(shape)") {
        atx_expand(handle, sizes, rank, $0)
      }
    }
  }

  /// A view with the dimensions in the order `dims`.
  public func permute(_ dims: [Int]) -> Tensor {
    Tensor.withInts(dims) { values, rank in
      Tensor.make("permute", [self], note: "order \(dims)") {
        atx_permute(handle, values, rank, $0)
      }
    }
  }

  /// A view with two dimensions swapped.
  public func transpose(_ a: Int, _ b: Int) -> Tensor {
    Tensor.make("transpose", [self], note: "dimensions \(a) and \(b)") {
      atx_transpose(handle, Int64(a), Int64(b), $0)
    }
  }

  /// The transpose of a matrix.
  public var T: Tensor { transpose(-2, -1) }

  /// A view with a dimension of size 1 inserted at `dim`.
  public func unsqueeze(_ dim: Int) -> Tensor {
    Tensor.make("unsqueeze", [self], note: "dimension \(dim)") {
      atx_unsqueeze(handle, Int64(dim), $0)
    }
  }

  /// A view without dimension `dim`, if its size is 1.
  public func squeeze(_ dim: Int) -> Tensor {
    Tensor.make("squeeze", [self], note: "dimension \(dim)") {
      atx_squeeze(handle, Int64(dim), $0)
    }
  }

  /// The dimensions from `first` to `last` merged into one.
  public func flatten(_ first: Int = 0, _ last: Int = -1) -> Tensor {
    Tensor.make("flatten", [self], note: "dimensions \(first)...\(last)") {
      atx_flatten(handle, Int64(first), Int64(last), $0)
    }
  }

  /// A view of `length` entries of dimension `dim` from `start`.
  public func narrow(_ dim: Int, start: Int, length: Int) -> Tensor {
    Tensor.make("narrow", [self], note: "dimension \(dim), start \(start), length \(length)") {
      atx_narrow(handle, Int64(dim), Int64(start), Int64(length), $0)
    }
  }

  /// A view of entry `index` of dimension `dim`, which disappears.
  public func select(_ dim: Int, index: Int) -> Tensor {
    Tensor.make("select", [self], note: "dimension \(dim), index \(index)") {
      atx_select(handle, Int64(dim), Int64(index), $0)
    }
  }

  /// A view of entry `index` of the outermost dimension.
  public subscript(index: Int) -> Tensor { select(0, index: index) }

  /// A view of entries `range` of the outermost dimension.
  public subscript(range: Range<Int>) -> Tensor {
    narrow(0, start: range.lowerBound, length: range.count)
  }

  /// A view of a diagonal, as the last dimension.
  public func diagonal(_ offset: Int = 0, _ dim0: Int = -2, _ dim1: Int = -1) -> Tensor {
    Tensor.make("diagonal", [self]) {
      atx_diagonal(handle, Int64(offset), Int64(dim0), Int64(dim1), $0)
    }
  }

  /// This tensor if its elements are in row-major order, otherwise a copy in which they are.
  public func contiguous() -> Tensor {
    Tensor.make("contiguous", [self]) { atx_contiguous(handle, $0) }
  }

  /// Tensors joined along the existing dimension `dim`.
  public static func cat(_ parts: [Tensor], dim: Int) -> Tensor {
    withHandles(parts) { handles, count in
      make("cat", parts, note: "dimension \(dim)") { atx_cat(handles, count, Int64(dim), $0) }
    }
  }

  /// Tensors of one shape joined along a new dimension `dim`.
  public static func stack(_ parts: [Tensor], dim: Int = 0) -> Tensor {
    withHandles(parts) { handles, count in
      make("stack", parts, note: "dimension \(dim)") { atx_stack(handles, count, Int64(dim), $0) }
    }
  }

  /// Views of consecutive pieces of dimension `dim`; `sizes` add up to its size.
  public func split(sizes: [Int], dim: Int) -> [Tensor] {
    var out = [OpaquePointer?](repeating: nil, count: sizes.count)
    let status = Tensor.withInts(sizes) { lengths, count in
      atx_split(handle, lengths, count, Int64(dim), &out)
    }
    if status != 0 { tensorFailure("split", [self], note: "sizes \(sizes), dimension \(dim)") }
    return out.compactMap { $0.map(Tensor.init(owning:)) }
  }

  /// Views of `n` pieces of dimension `dim`, the last one shorter where `n` does not divide it.
  public func chunk(_ n: Int, dim: Int) -> [Tensor] {
    precondition(n > 0, "chunk: expected a positive number of pieces, got \(n)")
    let total = self.dim(dim)
    let length = Swift.max(1, (total + n - 1) / n)
    let sizes = stride(from: 0, to: total, by: length).map { Swift.min(length, total - $0) }
    return split(sizes: sizes, dim: dim)
  }

  /// Every entry of dimension `dim` repeated `n` times in a row.
  public func repeatInterleave(_ n: Int, dim: Int) -> Tensor {
    Tensor.make("repeatInterleave", [self], note: "\(n) times, dimension \(dim)") {
      atx_repeat_interleave(handle, Int64(n), Int64(dim), $0)
    }
  }

  /// The whole tensor repeated, `times[d]` times along dimension d (a copy).
  public func repeated(_ times: [Int]) -> Tensor {
    Tensor.withInts(times) { values, rank in
      Tensor.make("repeated", [self], note: "times \(times)") {
        atx_repeat(handle, values, rank, $0)
      }
    }
  }

  /// Dimension `dim` in reverse order.
  public func flip(_ dim: Int) -> Tensor {
    Tensor.make("flip", [self], note: "dimension \(dim)") { atx_flip(handle, Int64(dim), $0) }
  }

  /// Entries of dimension `dim` moved on by `shift`; what leaves at the end enters at the start.
  public func roll(_ shift: Int, dim: Int) -> Tensor {
    Tensor.make("roll", [self], note: "dimension \(dim)") {
      atx_roll(handle, Int64(shift), Int64(dim), $0)
    }
  }

  /// The lower triangle; everything above `diagonal` becomes 0.
  public func tril(_ diagonal: Int = 0) -> Tensor {
    Tensor.make("tril", [self]) { atx_tril(handle, Int64(diagonal), $0) }
  }

  /// The upper triangle; everything below `diagonal` becomes 0.
  public func triu(_ diagonal: Int = 0) -> Tensor {
    Tensor.make("triu", [self]) { atx_triu(handle, Int64(diagonal), $0) }
  }

  /// A copy with its own elements, through which gradients flow.
  public func clone() -> Tensor {
    Tensor.make("clone", [self]) { atx_clone(handle, $0) }
  }

  /// The elements converted to `dtype`; gradients flow through.
  ///
  /// This tensor itself if nothing changes.
  public func to(dtype: DType) -> Tensor {
    Tensor.make("to(dtype:)", [self], note: "dtype \(dtype)") {
      atx_to_dtype(handle, dtype.rawValue, $0)
    }
  }

  /// The elements on `device`; gradients flow through.
  ///
  /// This tensor itself if nothing changes.
  public func to(device: Device) -> Tensor {
    Tensor.make("to(device:)", [self], note: "device \(device)") {
      atx_to_device(handle, device.code, $0)
    }
  }

  /// Every tensor converted to `dtype`; gradients flow through.
  public static func castList(_ tensors: [Tensor], to dtype: DType) -> [Tensor] {
    tensors.map { $0.to(dtype: dtype) }
  }
}
