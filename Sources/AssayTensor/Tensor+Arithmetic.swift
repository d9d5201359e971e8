import CTorch

// Arithmetic broadcasts: sizes are matched from the last dimension on, and a 1 stretches.
extension Tensor {
  /// Sum.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    make("+", [a, b]) { atx_add(a.handle, b.handle, $0) }
  }

  /// Sum with a number; a whole number keeps an integer tensor integer.
  public static func + (a: Tensor, b: Double) -> Tensor {
    make("+", [a]) { atx_add_scalar(a.handle, b, $0) }
  }

  /// Difference.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    make("-", [a, b]) { atx_sub(a.handle, b.handle, $0) }
  }

  /// Difference with a number; a whole number keeps an integer tensor integer.
  public static func - (a: Tensor, b: Double) -> Tensor {
    make("-", [a]) { atx_sub_scalar(a.handle, b, $0) }
  }

  /// Product, element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    make("*", [a, b]) { atx_mul(a.handle, b.handle, $0) }
  }

  /// Product, element by element with a number; a whole number keeps an integer tensor integer.
  public static func * (a: Tensor, b: Double) -> Tensor {
    make("*", [a]) { atx_mul_scalar(a.handle, b, $0) }
  }

  /// Quotient.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    make("/", [a, b]) { atx_div(a.handle, b.handle, $0) }
  }

  /// Quotient with a number; a whole number keeps an integer tensor integer.
  public static func / (a: Tensor, b: Double) -> Tensor {
    make("/", [a]) { atx_div_scalar(a.handle, b, $0) }
  }

  /// Sum with a number.
  public static func + (a: Double, b: Tensor) -> Tensor { b + a }

  /// A number minus each element.
  public static func - (a: Double, b: Tensor) -> Tensor {
    make("-", [b]) { atx_rsub_scalar(b.handle, a, $0) }
  }

  /// Product with a number.
  public static func * (a: Double, b: Tensor) -> Tensor { b * a }

  /// A number divided by each element.
  public static func / (a: Double, b: Tensor) -> Tensor {
    make("/", [b]) { atx_rdiv_scalar(b.handle, a, $0) }
  }

  /// Each element with the other sign.
  public static prefix func - (a: Tensor) -> Tensor {
    make("-", [a]) { atx_neg(a.handle, $0) }
  }

  /// What is left after dividing by `divisor`, with the divisor's sign.
  public func remainder(_ divisor: Double) -> Tensor {
    Tensor.make("remainder", [self]) { atx_remainder_scalar(handle, divisor, $0) }
  }

  /// The quotient rounded down.
  public func floorDivide(_ divisor: Double) -> Tensor {
    Tensor.make("floorDivide", [self]) { atx_floor_divide_scalar(handle, divisor, $0) }
  }
}
