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

extension Double {
  /// Rounded to a whole number; "nan" and "inf" of what is none.
  var wholeText: String { Int(exactly: rounded()).map { "\($0)" } ?? "\(self)" }
}

extension JSONValue {
  /// A number with `digits` digits in all, so that small probabilities stay readable.
  static func significant(_ value: Double, _ digits: Int = 3) -> JSONValue {
    guard value.isFinite else { return .null }
    guard value != 0 else { return .number(0) }
    var scale = 1.0
    var size = abs(value)
    while size < 1, scale < 1e300 { (scale, size) = (scale * 10, size * 10) }
    while size >= 10 { (scale, size) = (scale / 10, size / 10) }
    for _ in 1..<max(digits, 1) { scale *= 10 }
    return .number((value * scale).rounded() / scale)
  }
}
