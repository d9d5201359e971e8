extension TemplateInterpreter {
  /// What a test says of a value.
  typealias Test =
    @Sendable (TemplateInterpreter, TemplateValue, TemplateArguments) throws -> Bool

  static func unknownTest(_ name: String) -> TemplateFailure {
    .syntax("there is no test '\(name)'")
  }

  /// Every test by name.
  static let tests: [String: Test] = {
    var tests = kindTests.merging(otherTests) { $1 }
    for (symbol, names) in [
      "==": ["==", "eq", "equalto"], "!=": ["!=", "ne"], "<": ["<", "lt", "lessthan"],
      "<=": ["<=", "le"], ">": [">", "gt", "greaterthan"], ">=": [">=", "ge"], "in": ["in"],
    ] {
      for name in names {
        tests[name] = { run, value, arguments in
          let other = try arguments.bind("other", for: name, required: 1)[0] ?? .none
          return try run.compare(value, symbol, other)
        }
      }
    }
    return tests
  }()

  private static func plain(
    _ name: String, _ holds: @escaping @Sendable (TemplateValue) -> Bool
  ) -> Test {
    { _, value, arguments in
      try arguments.none(for: "'is \(name)'")
      return holds(value)
    }
  }

  private static let kindTests: [String: Test] = [
    "defined": plain("defined") { !$0.isUndefined },
    "undefined": plain("undefined", \.isUndefined),
    "none": plain("none") { $0.typeName == "NoneType" },
    "string": plain("string") { $0.text != nil },
    "number": plain("number") { $0.double != nil },
    "boolean": plain("boolean") { $0.typeName == "bool" },
    "integer": plain("integer") { $0.typeName == "int" },
    "float": plain("float") { $0.typeName == "float" },
    "mapping": plain("mapping") { $0.typeName == "dict" },
    "true": plain("true") { if case .bool(true) = $0 { true } else { false } },
    "false": plain("false") { if case .bool(false) = $0 { true } else { false } },
    "escaped": plain("escaped", \.isMarkup),
    "sequence": plain("sequence") { value in
      switch value {
      case .undefined, .string, .markup, .list, .tuple, .dict, .range: true
      default: false
      }
    },
    "iterable": plain("iterable") { value in
      switch value {
      case .undefined, .string, .markup, .list, .tuple, .dict, .view, .range, .iterator, .loop: true
      default: false
      }
    },
    "callable": plain("callable") { value in
      switch value {
      case .macro, .function, .method, .undefined, .loop: true
      default: false
      }
    },
  ]

  private static let otherTests: [String: Test] = [
    "odd": { run, value, arguments in
      try arguments.none(for: "'is odd'")
      return try run.areEqual(run.arithmetic(value, "%", .int(2)), .int(1))
    },
    "even": { run, value, arguments in
      try arguments.none(for: "'is even'")
      return try run.areEqual(run.arithmetic(value, "%", .int(2)), .int(0))
    },
    "divisibleby": { run, value, arguments in
      let number = try arguments.bind("num", for: "'is divisibleby'", required: 1)[0] ?? .none
      return try run.areEqual(run.arithmetic(value, "%", number), .int(0))
    },
    "lower": { run, value, arguments in
      try arguments.none(for: "'is lower'")
      return try run.textFlag("islower", run.text(of: value)) ?? false
    },
    "upper": { run, value, arguments in
      try arguments.none(for: "'is upper'")
      return try run.textFlag("isupper", run.text(of: value)) ?? false
    },
    "sameas": { run, value, arguments in
      let other = try arguments.bind("other", for: "'is sameas'", required: 1)[0] ?? .none
      return try value.typeName == other.typeName && run.areEqual(value, other)
    },
    "filter": { run, value, arguments in
      try arguments.none(for: "'is filter'")
      return filters[try run.text(of: value)] != nil
    },
    "test": { run, value, arguments in
      try arguments.none(for: "'is test'")
      return tests[try run.text(of: value)] != nil
    },
  ]
}
