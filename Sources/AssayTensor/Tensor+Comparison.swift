import CTorch

// Comparisons give bool tensors and broadcast.
extension Tensor {
  /// True where equal.
  public func eq(_ other: Tensor) -> Tensor {
    Tensor.make("eq", [self, other]) { atx_eq(handle, other.handle, $0) }
  }

  /// True where equal with a number.
  public func eq(_ value: Double) -> Tensor {
    Tensor.make("eq", [self]) { atx_eq_scalar(handle, value, $0) }
  }

  /// True where different.
  public func ne(_ other: Tensor) -> Tensor {
    Tensor.make("ne", [self, other]) { atx_ne(handle, other.handle, $0) }
  }

  /// True where different with a number.
  public func ne(_ value: Double) -> Tensor {
    Tensor.make("ne", [self]) { atx_ne_scalar(handle, value, $0) }
  }

  /// True where less.
  public func lt(_ other: Tensor) -> Tensor {
    Tensor.make("lt", [self, other]) { atx_lt(handle, other.handle, $0) }
  }

  /// True where less with a number.
  public func lt(_ value: Double) -> Tensor {
    Tensor.make("lt", [self]) { atx_lt_scalar(handle, value, $0) }
  }

  /// True where less or equal.
  public func le(_ other: Tensor) -> Tensor {
    Tensor.make("le", [self, other]) { atx_le(handle, other.handle, $0) }
  }

  /// True where less or equal with a number.
  public func le(_ value: Double) -> Tensor {
    Tensor.make("le", [self]) { atx_le_scalar(handle, value, $0) }
  }

  /// True where greater.
  public func gt(_ other: Tensor) -> Tensor {
    Tensor.make("gt", [self, other]) { atx_gt(handle, other.handle, $0) }
  }

  /// True where greater with a number.
  public func gt(_ value: Double) -> Tensor {
    Tensor.make("gt", [self]) { atx_gt_scalar(handle, value, $0) }
  }

  /// True where greater or equal.
  public func ge(_ other: Tensor) -> Tensor {
    Tensor.make("ge", [self, other]) { atx_ge(handle, other.handle, $0) }
  }

  /// True where greater or equal with a number.
  public func ge(_ value: Double) -> Tensor {
    Tensor.make("ge", [self]) { atx_ge_scalar(handle, value, $0) }
  }

  /// Element-wise equality, a bool tensor (`eq` as an operator).
  public static func .== (a: Tensor, b: Tensor) -> Tensor { a.eq(b) }

  /// True where both are true.
  public func logicalAnd(_ other: Tensor) -> Tensor {
    Tensor.make("logicalAnd", [self, other]) { atx_logical_and(handle, other.handle, $0) }
  }

  /// True where at least one is true.
  public func logicalOr(_ other: Tensor) -> Tensor {
    Tensor.make("logicalOr", [self, other]) { atx_logical_or(handle, other.handle, $0) }
  }

  /// True where exactly one is true.
  public func logicalXor(_ other: Tensor) -> Tensor {
    Tensor.make("logicalXor", [self, other]) { atx_logical_xor(handle, other.handle, $0) }
  }

  /// True where false.
  public func logicalNot() -> Tensor {
    Tensor.make("logicalNot", [self]) { atx_logical_not(handle, $0) }
  }

  /// `a` where the condition is true, `b` elsewhere.
  public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    make("where", [condition, a, b]) {
      atx_where(condition.handle, a.handle, b.handle, $0)
    }
  }

  /// Whether every element is true (not zero).
  public func all() -> Bool { Tensor.ask("all", [self]) { atx_all(handle, $0) } }

  /// Whether some element is true (not zero).
  public func any() -> Bool { Tensor.ask("any", [self]) { atx_any(handle, $0) } }

  /// Whether all are true along `dim`.
  public func all(_ dim: Int, keep: Bool = false) -> Tensor {
    Tensor.make("all", [self]) { atx_all_dim(handle, Int64(dim), keep, $0) }
  }

  /// Whether some are true along `dim`.
  public func any(_ dim: Int, keep: Bool = false) -> Tensor {
    Tensor.make("any", [self]) { atx_any_dim(handle, Int64(dim), keep, $0) }
  }

  /// Whether every element is finite.
  public var allFinite: Bool { isFinite().all() }

  /// Whether shapes and all elements are equal.
  public func isEqual(to other: Tensor) -> Bool {
    shape == other.shape
      && Tensor.ask("isEqual", [self, other]) { atx_equal(handle, other.handle, $0) }
  }

  /// Whether |a - b| ≤ absolute + relative · |b| everywhere.
  public func isClose(
    to other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8
  ) -> Bool {
    Tensor.ask("isClose", [self, other]) {
      atx_all_close(handle, other.handle, relative, absolute, $0)
    }
  }
}
