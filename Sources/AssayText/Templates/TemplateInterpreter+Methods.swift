extension TemplateInterpreter {
  private static let textMethods: Set<String> = [
    "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
    "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
    "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join",
    "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix", "removesuffix",
    "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
  ]
  private static let dictionaryMethods: Set<String> = [
    "copy", "fromkeys", "get", "items", "keys", "values",
  ]
  /// Jinja's sandbox hides what would change a value, and hides a member of that name with it.
  private static let changingDictionary: Set<String> = [
    "clear", "pop", "popitem", "setdefault", "update",
  ]
  private static let changingList: Set<String> = [
    "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
  ]

  /// The method called `name`, nil where the value has none; one that would change the value is
  /// undefined.
  static func method(_ name: String, of value: TemplateValue) -> TemplateValue? {
    let hasIt: Bool
    switch value {
    case .string, .markup: hasIt = textMethods.contains(name)
    case .dict:
      if changingDictionary.contains(name) { return hidden(name, value) }
      hasIt = dictionaryMethods.contains(name)
    case .list:
      if changingList.contains(name) { return hidden(name, value) }
      hasIt = name == "count" || name == "index" || name == "copy"
    case .tuple, .range: hasIt = name == "count" || name == "index"
    default: hasIt = false
    }
    return hasIt ? .method(TemplateMethod(value, name)) : nil
  }

  private static func hidden(_ name: String, _ value: TemplateValue) -> TemplateValue {
    .undefined(
      "'\(name)' would change a \(value.typeName), which templates may not do; "
        + "build a new one and set it")
  }

  func callDictionary(
    _ name: String, _ members: TemplateDictionary, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    switch name {
    case "get":
      guard arguments.keywords.isEmpty else { throw TemplateFailure("get takes no keywords") }
      let given = try arguments.bind("key", "default", for: "get", required: 1)
      return try members[key(of: given[0] ?? .none)] ?? given[1] ?? .none
    case "fromkeys": throw TemplateFailure.unsupported("'fromkeys'")
    default:
      try arguments.none(for: name)
      guard let view = TemplateValue.DictionaryView(rawValue: name) else { return .dict(members) }
      return .view(view, members)
    }
  }

  func callList(
    _ name: String, _ receiver: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    if name == "copy" {
      try arguments.none(for: name)
      return receiver
    }
    let given = try arguments.bind("value", "start", "stop", for: name, required: 1)
    if name == "count", given[1] != nil { throw TemplateFailure("count takes one argument") }
    let items = try iterate(receiver)
    let wanted = given[0] ?? .none
    if name == "count" {
      return try .int(items.reduce(0) { try $0 + (areEqual($1, wanted) ? 1 : 0) })
    }
    let places = Self.places(given[1]?.integer, given[2]?.integer, 1, items.count)
    for place in places where try areEqual(items[place], wanted) { return .int(place) }
    throw TemplateFailure("the value is not in the \(receiver.typeName)")
  }
}
