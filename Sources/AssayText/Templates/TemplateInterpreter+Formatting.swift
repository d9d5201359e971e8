import Foundation

extension TemplateInterpreter {
  /// `pattern % values`, with the directives s, r, d, i, x, f, g and % and their flags.
  ///
  /// `isSingle` says that the value stands for itself rather than in a tuple: a dictionary then gives
  /// values by name, and what has an index may be left over.
  func formatted(
    _ pattern: String, _ arguments: TemplateArguments, isMarkup: Bool, isSingle: Bool = false
  ) throws -> TemplateValue {
    var values = arguments.positional[...]
    var named: [String: TemplateValue]?
    if !arguments.keywords.isEmpty {
      named = Dictionary(arguments.keywords.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    } else if isSingle, case .dict(let members)? = values.first {
      named = [:]
      for (name, value) in zip(members.keys, members.values) {
        if let name = name.text { named?[name] = value }
      }
    }
    let scalars = Array(pattern.unicodeScalars)
    var out = ""
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      guard scalar == "%" else {
        out.unicodeScalars.append(scalar)
        continue
      }
      var name: String?
      if index < scalars.count, scalars[index] == "(" {
        guard let end = scalars[index...].firstIndex(of: ")") else {
          throw TemplateFailure("a format with an open bracket")
        }
        name = PythonText.slice(scalars[(index + 1)..<end])
        index = end + 1
      }
      let start = index
      while index < scalars.count, "-+ #0123456789.".unicodeScalars.contains(scalars[index]) {
        index += 1
      }
      let flags = PythonText.slice(scalars[start..<index])
      guard index < scalars.count else { throw TemplateFailure("a format that ends early") }
      let kind = scalars[index]
      index += 1
      if kind == "%" {
        out += "%"
        continue
      }
      let value: TemplateValue
      if let name {
        guard let found = named?[name] else { throw TemplateFailure("no value for '\(name)'") }
        value = found
      } else {
        guard let first = values.popFirst() else {
          throw TemplateFailure("too few values for the format")
        }
        value = first
      }
      try append(formatted(value, kind, flags, isMarkup: isMarkup), to: &out)
    }
    if named == nil, let first = values.first {
      // Python takes what has an index for a mapping, and asks of none that all of it is used.
      let isMapping = ["list", "range", "Undefined"].contains(first.typeName)
      if !isSingle || !isMapping { throw TemplateFailure("too many values for the format") }
    }
    return isMarkup ? .markup(out) : .string(out)
  }

  private func formatted(
    _ value: TemplateValue, _ kind: Unicode.Scalar, _ flags: String, isMarkup: Bool
  ) throws -> String {
    let parts = flags.drop { "-+ #0".contains($0) }.split(
      separator: ".", omittingEmptySubsequences: false)
    let width = Int(parts.first ?? "") ?? 0
    let precision = parts.count > 1 ? Int(parts[1]) ?? 0 : nil
    let signs = flags.prefix { "-+ #0".contains($0) }
    guard width <= 10_000, (precision ?? 0) <= 300 else {
      throw TemplateFailure.limit("a format this wide")
    }
    var text: String
    var isNumber = true
    switch kind {
    case "s", "r":
      isNumber = false
      text = ""
      if kind == "s" { text = try self.text(of: value) } else { try write(value, to: &text) }
      if isMarkup, !value.isMarkup { text = PythonText.escaped(text) }
      if let precision { text = String(text.unicodeScalars.prefix(precision)) }
    case "d", "i", "u", "x", "X":
      let number: Int
      if case .float(let double) = value, kind != "x", kind != "X" {
        guard let whole = Int(exactly: double.rounded(.towardZero)) else {
          throw TemplateFailure.unsupported("a whole number beyond 64 bits")
        }
        number = whole
      } else {
        guard let whole = value.integer else {
          throw TemplateFailure("'%\(kind)' needs a number, not \(value.typeName)")
        }
        number = whole
      }
      let isHex = kind == "x" || kind == "X"
      text = String(number.magnitude, radix: isHex ? 16 : 10, uppercase: kind == "X")
      if let precision, precision > text.count {
        text = String(repeating: "0", count: precision - text.count) + text
      }
      if number < 0 { text = "-" + text }
    case "f", "F", "e", "g":
      guard let number = value.double else {
        throw TemplateFailure("'%\(kind)' needs a number, not \(value.typeName)")
      }
      guard number.isFinite else {
        throw TemplateFailure.unsupported("a format of no finite number")
      }
      text = String(format: "%.\(precision ?? 6)\(kind == "F" ? "f" : String(kind))", number)
    default: throw TemplateFailure.unsupported("the format '%\(kind)'")
    }
    if isNumber, !text.hasPrefix("-") {
      if signs.contains("+") { text = "+" + text } else if signs.contains(" ") { text = " " + text }
    }
    if signs.contains("-") { return try padded("ljust", text, width, " ") }
    if isNumber, signs.contains("0") { return try padded("zfill", text, width, "0") }
    return try padded("rjust", text, width, " ")
  }

  /// `pattern.format(values)`, with fields by place and by name, without format codes.
  func formattedBraces(
    _ pattern: String, _ arguments: TemplateArguments, isMarkup: Bool
  ) throws -> TemplateValue {
    let scalars = Array(pattern.unicodeScalars)
    var out = ""
    var index = 0
    var place = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      if scalar == "{" || scalar == "}", index < scalars.count, scalars[index] == scalar {
        out.unicodeScalars.append(scalar)
        index += 1
        continue
      }
      guard scalar == "{" else {
        if scalar == "}" { throw TemplateFailure("a single '}' in a format") }
        out.unicodeScalars.append(scalar)
        continue
      }
      guard let end = scalars[index...].firstIndex(of: "}") else {
        throw TemplateFailure("a single '{' in a format")
      }
      let field = PythonText.slice(scalars[index..<end])
      index = end + 1
      var value: TemplateValue?
      if field.isEmpty || Int(field) != nil {
        let number = Int(field) ?? place
        place += 1
        if arguments.positional.indices.contains(number) { value = arguments.positional[number] }
      } else if field.unicodeScalars.allSatisfy(\.isWord) {
        value = arguments.keywords.first { $0.name == field }?.value
      } else {
        throw TemplateFailure.unsupported("the format field '{\(field)}'")
      }
      guard let value else { throw TemplateFailure("no value for '{\(field)}'") }
      let text = try text(of: value)
      try append(isMarkup && !value.isMarkup ? PythonText.escaped(text) : text, to: &out)
    }
    return isMarkup ? .markup(out) : .string(out)
  }
}
