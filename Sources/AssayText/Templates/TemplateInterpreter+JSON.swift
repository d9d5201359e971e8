/// How `tojson` writes, as Python's `json.dumps` with these arguments.
struct TemplateJSONStyle {
  /// What each level is indented by; nil puts all on one line.
  var indent: String?
  var itemSeparator: String
  var keySeparator: String
  var isASCII: Bool
  var sortsKeys: Bool
}

extension TemplateInterpreter {
  /// A value as JSON; fails for what JSON does not have.
  func write(
    json value: TemplateValue, _ style: TemplateJSONStyle, depth: Int, to out: inout String
  ) throws {
    try charge(1)
    switch value {
    case .none: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .int(let value): out += String(value)
    case .float(let value): out += Self.json(value)
    case .string(let text), .markup(let text):
      try append(Self.json(text, isASCII: style.isASCII), to: &out)
    case .list(let list), .tuple(let list):
      try write(list.items, "[", "]", style, depth: depth, to: &out) { item, out in
        try write(json: item, style, depth: depth + 1, to: &out)
      }
    case .dict(let members):
      var pairs = Array(zip(members.keys, members.values))
      if style.sortsKeys {
        pairs = try sorted(pairs, by: { $0.0 }, isReversed: false)
      }
      try write(pairs, "{", "}", style, depth: depth, to: &out) { pair, out in
        try append(Self.json(jsonKey(pair.0), isASCII: style.isASCII), to: &out)
        out += style.keySeparator
        try write(json: pair.1, style, depth: depth + 1, to: &out)
      }
    default: throw TemplateFailure("\(value.typeName) cannot be written as JSON")
    }
  }

  private func write<Item>(
    _ items: [Item], _ open: String, _ close: String, _ style: TemplateJSONStyle, depth: Int,
    to out: inout String, item write: (Item, inout String) throws -> Void
  ) throws {
    out += open
    guard !items.isEmpty else {
      out += close
      return
    }
    func newLine(_ depth: Int) throws {
      guard let indent = style.indent else { return }
      try append("\n" + String(repeating: indent, count: depth), to: &out)
    }
    try nested {
      for (index, item) in items.enumerated() {
        if index > 0 { try append(style.itemSeparator, to: &out) }
        try newLine(depth + 1)
        try write(item, &out)
      }
    }
    try newLine(depth)
    out += close
  }

  private func jsonKey(_ key: TemplateValue) throws -> String {
    switch key {
    case .string(let text), .markup(let text): return text
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return String(value)
    case .float(let value): return Self.json(value)
    default: throw TemplateFailure("\(key.typeName) cannot be a name in JSON")
    }
  }

  private static func json(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return PythonText.float(value)
  }

  private static func json(_ text: String, isASCII: Bool) -> String {
    var out = "\""
    out.reserveCapacity(text.utf8.count + 2)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{08}": out += "\\b"
      case "\u{0C}": out += "\\f"
      case _ where scalar.value < 0x20 || isASCII && scalar.value > 0x7E:
        for unit in String(scalar).utf16 {
          let hex = String(unit, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
