extension TemplateInterpreter {
  /// Calls a method of text; what markup gives is markup.
  func callText(
    _ name: String, _ text: String, _ isMarkup: Bool, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    try charge(bytes: 4 * text.utf8.count)
    func result(_ text: String) throws -> TemplateValue {
      try charge(bytes: text.utf8.count)
      return isMarkup ? .markup(text) : .string(text)
    }
    func results(_ texts: [String]) throws -> TemplateValue {
      try charge(texts.count)
      return try .list(texts.map { isMarkup ? .markup($0) : .string($0) })
    }
    func words(_ names: [String], required: Int = 0) throws -> [TemplateValue?] {
      guard arguments.keywords.isEmpty else { throw TemplateFailure("\(name) takes no keywords") }
      guard (required...names.count).contains(arguments.positional.count) else {
        throw TemplateFailure("\(name) takes \(required) to \(names.count) arguments")
      }
      return arguments.positional
        + [TemplateValue?](
          repeating: nil, count: names.count - arguments.positional.count)
    }
    if let flag = try textFlag(name, text) {
      try arguments.none(for: name)
      return .bool(flag)
    }
    switch name {
    case "upper", "lower", "casefold", "capitalize", "title", "swapcase":
      try arguments.none(for: name)
      return try result(Self.cased(name, text))
    case "strip", "lstrip", "rstrip":
      let characters = try optionalText(words(["chars"])[0], name)
      return try result(
        PythonText.strip(text, characters, left: name != "rstrip", right: name != "lstrip"))
    case "startswith", "endswith":
      let given = try words(["prefix", "start", "end"], required: 1)
      return .bool(try isAtEdge(name, text, given))
    case "removeprefix", "removesuffix":
      let part = try requiredText(words(["part"], required: 1)[0], name)
      return try result(Self.removing(part, from: text, isPrefix: name == "removeprefix"))
    case "split", "rsplit":
      let given = try arguments.bind("sep", "maxsplit", for: name)
      let limit = try optionalInteger(given[1], name) ?? -1
      guard let separator = try optionalText(given[0], name) else {
        return try results(
          PythonText.splitAtSpace(text, limit: limit, fromRight: name == "rsplit"))
      }
      guard !separator.isEmpty else { throw TemplateFailure("\(name) needs a separator") }
      return try results(
        PythonText.split(text, by: separator, limit: limit, fromRight: name == "rsplit"))
    case "splitlines":
      let keeps = try arguments.bind("keepends", for: name)[0]
      return try results(PythonText.lines(text, keepsEnds: isTrue(keeps ?? .none)))
    case "partition", "rpartition":
      let separator = try requiredText(words(["sep"], required: 1)[0], name)
      guard !separator.isEmpty else { throw TemplateFailure("\(name) needs a separator") }
      let parts = PythonText.split(text, by: separator, limit: 1, fromRight: name != "partition")
      let row =
        parts.count == 2
        ? [parts[0], separator, parts[1]]
        : name == "partition" ? [text, "", ""] : ["", "", text]
      return try .tuple(row.map { isMarkup ? .markup($0) : .string($0) })
    case "replace":
      let given = try words(["old", "new", "count"], required: 2)
      var new = try requiredText(given[1], name)
      if isMarkup, let value = given[1], !value.isMarkup { new = PythonText.escaped(new) }
      return try result(
        replaced(
          text, try requiredText(given[0], name), new, try optionalInteger(given[2], name) ?? -1))
    case "join":
      let items = try iterate(words(["items"], required: 1)[0] ?? .none)
      return try result(joined(items, text, isMarkup: isMarkup))
    case "find", "rfind", "index", "rindex", "count":
      return try .int(search(name, text, words(["sub", "start", "end"], required: 1)))
    case "center", "ljust", "rjust", "zfill":
      let given = try words(name == "zfill" ? ["width"] : ["width", "fill"], required: 1)
      let width = try optionalInteger(given[0], name) ?? 0
      let fill = try given.count > 1 ? optionalText(given[1], name) ?? " " : "0"
      return try result(padded(name, text, width, fill))
    case "format":
      return try formattedBraces(text, arguments, isMarkup: isMarkup)
    default: throw TemplateFailure.unsupported("the method '\(name)' of text")
    }
  }

  // MARK: - Arguments

  func requiredText(_ value: TemplateValue?, _ callee: String) throws -> String {
    guard let text = value?.text else {
      throw TemplateFailure("\(callee) needs a text, not \(value?.typeName ?? "nothing")")
    }
    return text
  }

  func optionalText(_ value: TemplateValue?, _ callee: String) throws -> String? {
    guard let value else { return nil }
    if case .none = value { return nil }
    return try requiredText(value, callee)
  }

  func optionalInteger(_ value: TemplateValue?, _ callee: String) throws -> Int? {
    guard let value else { return nil }
    guard let number = value.integer else {
      throw TemplateFailure("\(callee) needs a whole number, not \(value.typeName)")
    }
    return number
  }

  // MARK: - The methods

  static func cased(_ name: String, _ text: String) -> String {
    switch name {
    case "upper": text.uppercased()
    case "lower": text.lowercased()
    case "title": PythonText.title(text)
    case "capitalize": PythonText.capitalize(text)
    case "swapcase":
      text.unicodeScalars.map {
        $0.properties.isUppercase ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping
      }.joined()
    default: text.lowercased()
    }
  }

  /// What the methods that begin with "is" say; nil for other methods.
  func textFlag(_ name: String, _ text: String) throws -> Bool? {
    let scalars = text.unicodeScalars
    let isFull = !scalars.isEmpty
    switch name {
    case "isalnum": return isFull && scalars.allSatisfy(\.isAlphanumeric)
    case "isalpha": return isFull && scalars.allSatisfy(\.isLetter)
    case "isascii": return scalars.allSatisfy(\.isASCII)
    case "isdecimal": return isFull && scalars.allSatisfy { $0.properties.numericType == .decimal }
    case "isdigit":
      return isFull
        && scalars.allSatisfy {
          $0.properties.numericType == .decimal || $0.properties.numericType == .digit
        }
    case "isnumeric": return isFull && scalars.allSatisfy { $0.properties.numericType != nil }
    case "isspace": return isFull && scalars.allSatisfy(\.isPythonSpace)
    case "isprintable": return scalars.allSatisfy(\.isPrintable)
    case "islower", "isupper":
      let cased = scalars.filter(\.properties.isCased)
      return !cased.isEmpty
        && cased.allSatisfy {
          name == "islower" ? $0.properties.isLowercase : $0.properties.isUppercase
        }
    case "istitle":
      return isFull && text == PythonText.title(text)
        && scalars.contains(where: \.properties.isCased)
    case "isidentifier":
      guard let first = scalars.first else { return false }
      return (first == "_" || first.properties.isXIDStart)
        && scalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
    default: return nil
    }
  }

  private func isAtEdge(
    _ name: String, _ text: String, _ given: [TemplateValue?]
  ) throws -> Bool {
    var parts: [TemplateValue] = []
    if case .tuple(let list)? = given[0] { parts = list.items } else { parts = [given[0] ?? .none] }
    var whole = text
    if given[1] != nil || given[2] != nil {
      let scalars = Array(text.unicodeScalars)
      let places = Self.places(
        try optionalInteger(given[1], name), try optionalInteger(given[2], name), 1, scalars.count)
      whole = PythonText.slice(places.map { scalars[$0] }[...])
    }
    for part in parts {
      let bytes = try requiredText(part, name).utf8
      if name == "startswith"
        ? whole.utf8.starts(with: bytes) : whole.utf8.reversed().starts(with: bytes.reversed())
      {
        return true
      }
    }
    return false
  }

  static func removing(_ part: String, from text: String, isPrefix: Bool) -> String {
    let (bytes, part) = (Array(text.utf8), Array(part.utf8))
    if isPrefix, bytes.starts(with: part) {
      return String(decoding: bytes[part.count...], as: UTF8.self)
    }
    if !isPrefix, bytes.reversed().starts(with: part.reversed()) {
      return String(decoding: bytes[..<(bytes.count - part.count)], as: UTF8.self)
    }
    return text
  }

  func replaced(
    _ text: String, _ old: String, _ new: String, _ limit: Int
  ) throws -> String {
    // What comes out may be much longer: pay before it is made.
    let hits =
      old.isEmpty
      ? text.unicodeScalars.count + 1
      : PythonText.occurrences(of: Array(old.utf8), in: Array(text.utf8)).count
    let (added, isTooMuch) = hits.multipliedReportingOverflow(by: new.utf8.count)
    try charge(bytes: isTooMuch ? .max : added)
    try charge(hits + text.utf8.count / 4)
    return PythonText.replace(text, old, with: new, limit: limit)
  }

  /// `str.join`, which takes nothing but text.
  private func joined(
    _ items: [TemplateValue], _ separator: String, isMarkup: Bool
  ) throws -> String {
    var out = ""
    for (index, item) in items.enumerated() {
      guard isMarkup || item.text != nil else {
        throw TemplateFailure("join needs texts, not \(item.typeName)")
      }
      if index > 0 { try append(separator, to: &out) }
      let text = try text(of: item)
      try append(isMarkup && !item.isMarkup ? PythonText.escaped(text) : text, to: &out)
    }
    return out
  }

  private func search(
    _ name: String, _ text: String, _ given: [TemplateValue?]
  ) throws -> Int {
    let wanted = Array(try requiredText(given[0], name).utf8)
    let scalars = Array(text.unicodeScalars)
    try charge(scalars.count)
    let start = try optionalInteger(given[1], name)
    let places = Self.places(start, try optionalInteger(given[2], name), 1, scalars.count)
    let bytes = Array(PythonText.slice(places.map { scalars[$0] }[...]).utf8)
    if name == "count" {
      return wanted.isEmpty
        ? places.count + 1 : PythonText.occurrences(of: wanted, in: bytes).count
    }
    let found =
      name.hasPrefix("r")
      ? wanted.isEmpty
        ? bytes.count : PythonText.lastOccurrences(of: wanted, in: bytes, limit: 1).first
      : wanted.isEmpty ? 0 : PythonText.occurrences(of: wanted, in: bytes, limit: 1).first
    guard let found else {
      guard name.hasSuffix("find") else { throw TemplateFailure("\(name): the text is not there") }
      return -1
    }
    let before = String(decoding: bytes[..<found], as: UTF8.self).unicodeScalars.count
    return before
      + (places.first ?? Self.places(start, nil, 1, scalars.count).first ?? scalars.count)
  }

  func padded(
    _ name: String, _ text: String, _ width: Int, _ fill: String
  ) throws -> String {
    let count = text.unicodeScalars.count
    guard fill.unicodeScalars.count == 1 else {
      throw TemplateFailure("\(name) needs one character")
    }
    guard width > count else { return text }
    let missing = width - count
    try charge(bytes: missing)
    func filling(_ count: Int) -> String { String(repeating: fill, count: count) }
    switch name {
    case "ljust": return text + filling(missing)
    case "rjust": return filling(missing) + text
    case "zfill":
      guard let first = text.unicodeScalars.first, first == "-" || first == "+" else {
        return filling(missing) + text
      }
      return String(first) + filling(missing) + String(text.unicodeScalars.dropFirst())
    default:
      // CPython's way of sharing an odd number of characters.
      let left = missing / 2 + (missing & width & 1)
      return filling(left) + text + filling(missing - left)
    }
  }
}
