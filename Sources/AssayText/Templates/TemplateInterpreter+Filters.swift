extension TemplateInterpreter {
  /// What a filter does with a value and its arguments.
  typealias Filter =
    @Sendable (TemplateInterpreter, TemplateValue, TemplateArguments) throws -> TemplateValue

  /// Every filter by name.
  static let filters: [String: Filter] = textFilters.merging(numberFilters) { $1 }
    .merging(listFilters) { $1 }.merging(choosingFilters) { $1 }

  private static let refusedFilters: Set<String> = [
    "filesizeformat", "groupby", "pprint", "random", "striptags", "truncate", "urlencode", "urlize",
    "wordwrap", "xmlattr",
  ]

  static func unknownFilter(_ name: String) -> TemplateFailure {
    refusedFilters.contains(name)
      ? .unsupported("the filter '\(name)'") : .syntax("there is no filter '\(name)'")
  }

  private static let textFilters: [String: Filter] = [
    "string": { run, value, arguments in
      try arguments.none(for: "string")
      return value.isMarkup ? value : .string(try run.text(of: value))
    },
    "upper": { try $0.cased("upper", $1, $2) },
    "lower": { try $0.cased("lower", $1, $2) },
    "capitalize": { try $0.cased("capitalize", $1, $2) },
    "title": { run, value, arguments in
      try arguments.none(for: "title")
      return try run.changed(value, TemplateInterpreter.filterTitle)
    },
    "trim": { run, value, arguments in
      let characters = try run.optionalText(arguments.bind("chars", for: "trim")[0], "trim")
      return try run.changed(value) { PythonText.strip($0, characters) }
    },
    "center": { run, value, arguments in
      let width = try run.optionalInteger(arguments.bind("width", for: "center")[0], "center")
      let text = try run.padded("center", run.text(of: value), width ?? 80, " ")
      return value.isMarkup ? .markup(text) : .string(text)
    },
    "replace": { run, value, arguments in
      let given = try arguments.bind("old", "new", "count", for: "replace", required: 2)
      var limit = -1
      if let count = given[2], count.typeName != "NoneType" {
        limit = try run.optionalInteger(count, "replace") ?? -1
      }
      let old = try run.text(of: given[0] ?? .none)
      let new = try run.text(of: given[1] ?? .none)
      return .string(try run.replaced(run.text(of: value), old, new, limit))
    },
    "indent": { try $0.indented($1, $2) },
    "escape": { try $0.escaped($1, $2) },
    "e": { try $0.escaped($1, $2) },
    "forceescape": { run, value, arguments in
      try arguments.none(for: "forceescape")
      return .markup(PythonText.escaped(try run.text(of: value)))
    },
    "safe": { run, value, arguments in
      try arguments.none(for: "safe")
      return .markup(try run.text(of: value))
    },
    "format": { run, value, arguments in
      guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
        throw TemplateFailure("format takes values or keywords, not both")
      }
      return try run.formatted(run.text(of: value), arguments, isMarkup: value.isMarkup)
    },
    "wordcount": { run, value, arguments in
      try arguments.none(for: "wordcount")
      let words = try run.text(of: value).unicodeScalars.split {
        $0 != "_" && !$0.isAlphanumeric
      }
      return .int(words.count)
    },
    "tojson": { try $0.toJSON($1, $2) },
    "default": { try $0.preset($1, $2) },
    "d": { try $0.preset($1, $2) },
    "attr": { run, value, arguments in
      let name = try arguments.bind("name", for: "attr", required: 1)[0]
      guard let name = name?.text else { return .undefined("no such attribute") }
      if case .dict = value {
        return TemplateInterpreter.method(name, of: value)
          ?? .undefined("dict has no attribute '\(name)'")
      }
      return try run.attribute(name, of: value)
    },
  ]

  /// What `change` makes of the value's text; markup stays markup.
  private func changed(
    _ value: TemplateValue, _ change: (String) -> String
  ) throws -> TemplateValue {
    let text = try text(of: value)
    try charge(bytes: 2 * text.utf8.count)
    return value.isMarkup ? .markup(change(text)) : .string(change(text))
  }

  private func cased(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    try arguments.none(for: name)
    return try changed(value) { Self.cased(name, $0) }
  }

  /// Words begin after white space, '-', '(', '{', '[' and '<'; unlike `str.title`, not after others.
  private static func filterTitle(_ text: String) -> String {
    var out = ""
    var isStart = true
    for scalar in text.unicodeScalars {
      out += isStart ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      isStart = scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
    }
    return out
  }

  private func escaped(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    try arguments.none(for: "escape")
    if value.isMarkup { return value }
    let text = try text(of: value)
    try charge(bytes: 6 * text.utf8.count)
    return .markup(PythonText.escaped(text))
  }

  private func indented(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("width", "first", "blank", for: "indent")
    guard let text = value.text else {
      throw TemplateFailure("indent needs a text, not \(value.typeName)")
    }
    let margin: String
    if let given = given[0]?.text {
      margin = given
    } else {
      let width = try optionalInteger(given[0], "indent") ?? 4
      guard width <= 10_000 else { throw TemplateFailure.limit("an indent this wide") }
      margin = String(repeating: " ", count: max(width, 0))
    }
    let lines = PythonText.lines(text + "\n")
    let (bytes, isTooMuch) = lines.count.multipliedReportingOverflow(by: margin.utf8.count + 1)
    try charge(bytes: isTooMuch ? .max : bytes + text.utf8.count)
    let isBlank = try isTrue(given[2] ?? .bool(false))
    var out = lines.first ?? ""
    for line in lines.dropFirst() {
      out += "\n" + (isBlank || !line.isEmpty ? margin : "") + line
    }
    if try isTrue(given[1] ?? .bool(false)) { out = margin + out }
    return value.isMarkup ? .markup(out) : .string(out)
  }

  private func preset(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("default_value", "boolean", for: "default")
    let replaces = try value.isUndefined || (isTrue(given[1] ?? .bool(false)) && !isTrue(value))
    return replaces ? given[0] ?? .string("") : value
  }

  /// transformers' own `tojson`: no HTML escapes, and characters beyond ASCII as they are.
  private func toJSON(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind(
      "ensure_ascii", "indent", "separators", "sort_keys", for: "tojson")
    var indent: String?
    if let width = given[1], width.typeName != "NoneType" {
      indent = width.text
      if indent == nil {
        let number = try optionalInteger(width, "tojson") ?? 0
        guard number <= 1_000 else { throw TemplateFailure.limit("an indent this wide") }
        indent = String(repeating: " ", count: max(0, number))
      }
    }
    var separators = [indent == nil ? ", " : ",", ": "]
    if let pair = given[2], pair.typeName != "NoneType" {
      separators = try iterate(pair).map { try requiredText($0, "tojson") }
      guard separators.count == 2 else { throw TemplateFailure("tojson needs two separators") }
    }
    let style = TemplateJSONStyle(
      indent: indent, itemSeparator: separators[0], keySeparator: separators[1],
      isASCII: try isTrue(given[0] ?? .bool(false)), sortsKeys: try isTrue(given[3] ?? .bool(false))
    )
    var out = ""
    try write(json: value, style, depth: 0, to: &out)
    return .string(out)
  }
}
