import Foundation

extension TemplateInterpreter {
  static let numberFilters: [String: Filter] = [
    "int": { run, value, arguments in
      let given = try arguments.bind("default", "base", for: "int")
      return try run.whole(
        value, given[0] ?? .int(0), base: run.optionalInteger(given[1], "int") ?? 10)
    },
    "float": { run, value, arguments in
      let given = try arguments.bind("default", for: "float")
      if case .undefined(let message) = value { throw TemplateFailure(message) }
      if let number = value.double ?? value.text.flatMap(TemplateInterpreter.float) {
        return .float(number)
      }
      return given[0] ?? .float(0)
    },
    "abs": { run, value, arguments in
      try arguments.none(for: "abs")
      switch value {
      case .float(let number): return .float(abs(number))
      case .int, .bool:
        let number = value.integer ?? 0
        return number < 0 ? try run.signed(["-"], value) : .int(number)
      case .undefined(let message): throw TemplateFailure(message)
      default: throw TemplateFailure("abs needs a number, not \(value.typeName)")
      }
    },
    "round": { try $0.rounded($1, $2) },
  ]

  /// The number that Python's `float` reads in `text`; nil where it reads none.
  static func float(_ text: String) -> Double? {
    let trimmed = PythonText.strip(text, nil).lowercased()
    let word = trimmed.drop { $0 == "+" || $0 == "-" }
    if ["inf", "infinity", "nan"].contains(word) { return Double(trimmed) }
    guard let plain = withoutUnderscores(trimmed),
      plain.unicodeScalars.allSatisfy({ $0.isDigit || "+-.e".unicodeScalars.contains($0) })
    else { return nil }
    return Double(plain) ?? Double(plain.replacing("e", with: "0e", maxReplacements: 1))
      ?? (plain.hasSuffix(".") ? Double(plain + "0") : nil)
  }

  /// Digits may have single underscores between them; nil where they stand elsewhere.
  private static func withoutUnderscores(_ text: String) -> String? {
    guard text.contains("_") else { return text }
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() where scalar == "_" {
      guard index > 0, index + 1 < scalars.count, Character(scalars[index - 1]).isHexDigit,
        Character(scalars[index + 1]).isHexDigit
      else { return nil }
    }
    return text.replacing("_", with: "")
  }

  private static func integer(_ text: String, base: Int) -> Int? {
    guard (2...36).contains(base),
      var digits = withoutUnderscores(PythonText.strip(text, nil).lowercased())
    else { return nil }
    let prefixes = [2: "0b", 8: "0o", 16: "0x"]
    let sign = digits.hasPrefix("-") || digits.hasPrefix("+") ? String(digits.removeFirst()) : ""
    if let prefix = prefixes[base], digits.hasPrefix(prefix) { digits.removeFirst(2) }
    guard let first = digits.first, first.isLetter || first.isNumber else { return nil }
    return Int(sign + digits, radix: base)
  }

  private func whole(
    _ value: TemplateValue, _ preset: TemplateValue, base: Int
  ) throws -> TemplateValue {
    if case .undefined(let message) = value { throw TemplateFailure(message) }
    if let number = value.integer { return .int(number) }
    let double: Double
    if let text = value.text {
      if let number = Self.integer(text, base: base) { return .int(number) }
      let plain = PythonText.strip(text, nil).drop { $0 == "-" || $0 == "+" }
      if base == 10, !plain.isEmpty, plain.unicodeScalars.allSatisfy(\.isDigit) {
        throw TemplateFailure.unsupported("a whole number beyond 64 bits")
      }
      guard let number = Self.float(text), number.isFinite else { return preset }
      double = number
    } else {
      guard let number = value.double, !number.isNaN else { return preset }
      guard number.isFinite else { throw TemplateFailure("infinity is no whole number") }
      double = number
    }
    guard let number = Int(exactly: double.rounded(.towardZero)) else {
      throw TemplateFailure.unsupported("a whole number beyond 64 bits")
    }
    return .int(number)
  }

  private func rounded(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("precision", "method", for: "round")
    let precision = try optionalInteger(given[0], "round") ?? 0
    guard precision.magnitude <= 300 else { throw TemplateFailure.unsupported("such a precision") }
    let method = try optionalText(given[1], "round") ?? "common"
    if case .undefined(let message) = value { throw TemplateFailure(message) }
    guard let number = value.double else {
      throw TemplateFailure("round needs a number, not \(value.typeName)")
    }
    if method == "ceil" || method == "floor" {
      let scale = pow(10, Double(precision))
      let scaled = number * scale
      guard scaled.isFinite else { throw TemplateFailure("a number too large to round") }
      return .float(scaled.rounded(method == "ceil" ? .up : .down) / scale)
    }
    guard method == "common" else {
      throw TemplateFailure("round knows the methods common, ceil and floor")
    }
    if let whole = value.integer {
      guard precision < 0 else { return .int(whole) }
      guard precision > -18 else { return .int(0) }
      let unit = (0..<(-precision)).reduce(1) { value, _ in value * 10 }
      let remainder = ((whole % unit) + unit) % unit
      let (base, isTooSmall) = whole.subtractingReportingOverflow(remainder)
      let goesUp = remainder * 2 > unit || (remainder * 2 == unit && (base / unit) % 2 != 0)
      let (result, isTooLarge) = base.addingReportingOverflow(goesUp ? unit : 0)
      guard !isTooSmall, !isTooLarge else {
        throw TemplateFailure.unsupported("a whole number beyond 64 bits")
      }
      return .int(result)
    }
    guard number.isFinite else { return value }
    if precision < 0 {
      let unit = pow(10, Double(-precision))
      return .float((number / unit).rounded(.toNearestOrEven) * unit)
    }
    // The C library rounds the exact binary value, ties to even, as Python does.
    return .float(Double(String(format: "%.\(precision)f", number)) ?? number)
  }
}
