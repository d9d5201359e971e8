import AssayCore

extension JSONValue {
  /// A number with `digits` significant decimals after the point, so that results stay readable.
  static func rounded(_ value: Double, _ digits: Int = 4) -> JSONValue {
    guard value.isFinite else { return .null }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    return .number((value * scale).rounded() / scale)
  }

  /// An interval as `{"estimate", "low", "high"}`.
  static func interval(_ value: Interval, _ digits: Int = 4) -> JSONValue {
    [
      "estimate": rounded(value.estimate, digits), "low": rounded(value.low, digits),
      "high": rounded(value.high, digits),
    ]
  }
}
