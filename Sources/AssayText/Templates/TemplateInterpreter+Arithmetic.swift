import Foundation

extension TemplateInterpreter {
  private static func overflow() -> TemplateFailure {
    .unsupported("a whole number beyond 64 bits")
  }

  func signed(_ signs: [String], _ value: TemplateValue) throws -> TemplateValue {
    var value = value
    for sign in signs.reversed() {
      switch value {
      case .int, .bool:
        let number = value.integer ?? 0
        guard sign == "+" || number != .min else { throw Self.overflow() }
        value = .int(sign == "-" ? -number : number)
      case .float(let number): value = .float(sign == "-" ? -number : number)
      case .undefined(let message): throw TemplateFailure(message)
      default: throw TemplateFailure("'\(sign)' cannot be put before \(value.typeName)")
      }
    }
    return value
  }

  func arithmetic(
    _ left: TemplateValue, _ symbol: String, _ right: TemplateValue
  ) throws -> TemplateValue {
    try charge(1)
    if let one = left.integer, let two = right.integer { return try integers(one, symbol, two) }
    if let one = left.double, let two = right.double { return try floats(one, symbol, two) }
    switch (symbol, left, right) {
    case (_, .undefined(let message), _), (_, _, .undefined(let message)):
      if symbol != "%" || left.text == nil { throw TemplateFailure(message) }
    case ("+", .list(let one), .list(let two)):
      try charge(one.items.count + two.items.count)
      return try .list(one.items + two.items)
    case ("+", .tuple(let one), .tuple(let two)):
      try charge(one.items.count + two.items.count)
      return try .tuple(one.items + two.items)
    case ("*", .list(let list), let other), ("*", let other, .list(let list)):
      if let count = other.integer { return try .list(repeated(list.items, count)) }
    case ("*", .tuple(let list), let other), ("*", let other, .tuple(let list)):
      if let count = other.integer { return try .tuple(repeated(list.items, count)) }
    default: break
    }
    if symbol == "+", let one = left.text, let two = right.text {
      return try added(one, left.isMarkup, two, right.isMarkup)
    }
    if symbol == "*" {
      if let text = left.text, let count = right.integer {
        return try repeated(text, count, isMarkup: left.isMarkup)
      }
      if let text = right.text, let count = left.integer {
        return try repeated(text, count, isMarkup: right.isMarkup)
      }
    }
    if symbol == "%", let pattern = left.text {
      guard case .tuple(let list) = right else {
        return try formatted(
          pattern, TemplateArguments(positional: [right]), isMarkup: left.isMarkup, isSingle: true)
      }
      return try formatted(
        pattern, TemplateArguments(positional: list.items), isMarkup: left.isMarkup)
    }
    throw TemplateFailure("'\(symbol)' does not work on \(left.typeName) and \(right.typeName)")
  }

  /// Two texts in a row; where one is markup, the other is escaped.
  private func added(
    _ one: String, _ oneIsMarkup: Bool, _ two: String, _ twoIsMarkup: Bool
  ) throws -> TemplateValue {
    try charge(bytes: one.utf8.count + two.utf8.count)
    guard oneIsMarkup || twoIsMarkup else { return .string(one + two) }
    return .markup(
      (oneIsMarkup ? one : PythonText.escaped(one)) + (twoIsMarkup ? two : PythonText.escaped(two)))
  }

  private func repeated(
    _ text: String, _ count: Int, isMarkup: Bool
  ) throws -> TemplateValue {
    let (bytes, isTooMuch) = text.utf8.count.multipliedReportingOverflow(by: max(count, 0))
    try charge(bytes: isTooMuch ? .max : bytes)
    let out = bytes == 0 ? "" : String(repeating: text, count: max(count, 0))
    return isMarkup ? .markup(out) : .string(out)
  }

  private func repeated(_ items: [TemplateValue], _ count: Int) throws -> [TemplateValue] {
    let (total, isTooMuch) = items.count.multipliedReportingOverflow(by: max(count, 0))
    try charge(isTooMuch ? Self.stepLimit + 1 : total)
    return total == 0 ? [] : (0..<max(count, 0)).flatMap { _ in items }
  }

  private func integers(_ one: Int, _ symbol: String, _ two: Int) throws -> TemplateValue {
    switch symbol {
    case "+", "-", "*":
      let (value, isTooLarge) =
        symbol == "+"
        ? one.addingReportingOverflow(two)
        : symbol == "-"
          ? one.subtractingReportingOverflow(two) : one.multipliedReportingOverflow(by: two)
      guard !isTooLarge else { throw Self.overflow() }
      return .int(value)
    case "/":
      guard two != 0 else { throw TemplateFailure("division by zero") }
      return .float(Double(one) / Double(two))
    case "//", "%":
      guard two != 0 else { throw TemplateFailure("division by zero") }
      guard two != -1 || one != .min else { throw Self.overflow() }
      let (quotient, remainder) = one.quotientAndRemainder(dividingBy: two)
      let isBelow = remainder != 0 && (remainder < 0) != (two < 0)
      return .int(
        symbol == "//" ? quotient - (isBelow ? 1 : 0) : isBelow ? remainder + two : remainder)
    default: return try power(one, two)
    }
  }

  private func power(_ base: Int, _ exponent: Int) throws -> TemplateValue {
    guard exponent >= 0 else {
      guard base != 0 else { throw TemplateFailure("zero to a negative power") }
      return .float(pow(Double(base), Double(exponent)))
    }
    if base == 0 || base == 1 { return .int(exponent == 0 ? 1 : base) }
    if base == -1 { return .int(exponent % 2 == 0 ? 1 : -1) }
    var value = 1
    for _ in 0..<min(exponent, 64) {
      let (next, isTooLarge) = value.multipliedReportingOverflow(by: base)
      guard !isTooLarge else { throw Self.overflow() }
      value = next
    }
    guard exponent < 64 else { throw Self.overflow() }
    return .int(value)
  }

  private func floats(_ one: Double, _ symbol: String, _ two: Double) throws -> TemplateValue {
    switch symbol {
    case "+": return .float(one + two)
    case "-": return .float(one - two)
    case "*": return .float(one * two)
    case "**":
      guard one != 0 || two >= 0 else { throw TemplateFailure("zero to a negative power") }
      guard one >= 0 || two == two.rounded() else {
        throw TemplateFailure.unsupported("a complex number")
      }
      let value = pow(one, two)
      guard value.isFinite || !one.isFinite || !two.isFinite else {
        throw TemplateFailure("a number too large")
      }
      return .float(value)
    default:
      guard two != 0 else { throw TemplateFailure("division by zero") }
      if symbol == "/" { return .float(one / two) }
      var remainder = fmod(one, two)
      if remainder != 0, (remainder < 0) != (two < 0) { remainder += two }
      if symbol == "%" {
        return .float(remainder == 0 ? (two < 0 ? -0.0 : 0.0) : remainder)
      }
      // As Python: the quotient is what remains without the remainder, rounded.
      let quotient = (one - remainder) / two
      var floor = quotient.rounded(.down)
      if quotient - floor > 0.5 { floor += 1 }
      return .float(floor)
    }
  }
}
