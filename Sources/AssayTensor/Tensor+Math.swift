import CTorch

extension Tensor {
  /// e to the power of each element.
  public func exp() -> Tensor {
    Tensor.make("exp", [self]) { atx_exp(handle, $0) }
  }

  /// Natural logarithm.
  public func log() -> Tensor {
    Tensor.make("log", [self]) { atx_log(handle, $0) }
  }

  /// log(1 + x), exact near 0.
  public func log1p() -> Tensor {
    Tensor.make("log1p", [self]) { atx_log1p(handle, $0) }
  }

  /// Square root.
  public func sqrt() -> Tensor {
    Tensor.make("sqrt", [self]) { atx_sqrt(handle, $0) }
  }

  /// 1 / square root.
  public func rsqrt() -> Tensor {
    Tensor.make("rsqrt", [self]) { atx_rsqrt(handle, $0) }
  }

  /// x².
  public func square() -> Tensor {
    Tensor.make("square", [self]) { atx_square(handle, $0) }
  }

  /// 1 / x.
  public func reciprocal() -> Tensor {
    Tensor.make("reciprocal", [self]) { atx_reciprocal(handle, $0) }
  }

  /// Absolute value.
  public func abs() -> Tensor {
    Tensor.make("abs", [self]) { atx_abs(handle, $0) }
  }

  /// -1, 0 or 1.
  public func sign() -> Tensor {
    Tensor.make("sign", [self]) { atx_sign(handle, $0) }
  }

  /// Largest whole number that is not greater.
  public func floor() -> Tensor {
    Tensor.make("floor", [self]) { atx_floor(handle, $0) }
  }

  /// Smallest whole number that is not less.
  public func ceil() -> Tensor {
    Tensor.make("ceil", [self]) { atx_ceil(handle, $0) }
  }

  /// Nearest whole number; halves go to the even one.
  public func round() -> Tensor {
    Tensor.make("round", [self]) { atx_round(handle, $0) }
  }

  /// Sine of radians.
  public func sin() -> Tensor {
    Tensor.make("sin", [self]) { atx_sin(handle, $0) }
  }

  /// Cosine of radians.
  public func cos() -> Tensor {
    Tensor.make("cos", [self]) { atx_cos(handle, $0) }
  }

  /// Gauss error function.
  public func erf() -> Tensor {
    Tensor.make("erf", [self]) { atx_erf(handle, $0) }
  }

  /// Hyperbolic tangent.
  public func tanh() -> Tensor {
    Tensor.make("tanh", [self]) { atx_tanh(handle, $0) }
  }

  /// 1 / (1 + exp(-x)).
  public func sigmoid() -> Tensor {
    Tensor.make("sigmoid", [self]) { atx_sigmoid(handle, $0) }
  }

  /// x · sigmoid(x) (Elfwing, Uchibe & Doya 2017).
  public func silu() -> Tensor {
    Tensor.make("silu", [self]) { atx_silu(handle, $0) }
  }

  /// max(x, 0).
  public func relu() -> Tensor {
    Tensor.make("relu", [self]) { atx_relu(handle, $0) }
  }

  /// log(1 + exp(x)).
  public func softplus() -> Tensor {
    Tensor.make("softplus", [self]) { atx_softplus(handle, $0) }
  }

  /// True where neither infinite nor NaN.
  public func isFinite() -> Tensor {
    Tensor.make("isFinite", [self]) { atx_isfinite(handle, $0) }
  }

  /// True where not a number.
  public func isNaN() -> Tensor {
    Tensor.make("isNaN", [self]) { atx_isnan(handle, $0) }
  }

  /// x · Φ(x) (Hendrycks & Gimpel 2016); `approximate` uses the tanh formula of GPT-2.
  public func gelu(approximate: Bool = false) -> Tensor {
    Tensor.make("gelu", [self]) { atx_gelu(handle, approximate, $0) }
  }

  /// Each element to the power of `exponent`.
  public func pow(_ exponent: Double) -> Tensor {
    Tensor.make("pow", [self]) { atx_pow_scalar(handle, exponent, $0) }
  }

  /// Each element to the power of the other tensor's.
  public func pow(_ exponent: Tensor) -> Tensor {
    Tensor.make("pow", [self, exponent]) { atx_pow(handle, exponent.handle, $0) }
  }

  /// Each element moved into the bounds; nil leaves that side open.
  public func clamp(min: Double? = nil, max: Double? = nil) -> Tensor {
    Tensor.make("clamp", [self]) {
      atx_clamp(handle, min != nil, min ?? 0, max != nil, max ?? 0, $0)
    }
  }

  /// The greater of two, element by element.
  public func maximum(_ other: Tensor) -> Tensor {
    Tensor.make("maximum", [self, other]) { atx_maximum(handle, other.handle, $0) }
  }

  /// The lesser of two, element by element.
  public func minimum(_ other: Tensor) -> Tensor {
    Tensor.make("minimum", [self, other]) { atx_minimum(handle, other.handle, $0) }
  }
}
