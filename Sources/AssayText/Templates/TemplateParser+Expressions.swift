extension TemplateParser {
  /// An expression, or several with commas between them, which make a tuple.
  mutating func tupleOrExpression(
    allowsConditional: Bool = true, endsAtRecursive: Bool = false, inBrackets: Bool = false
  ) throws -> TemplateExpression {
    var items: [TemplateExpression] = []
    var isTuple = false
    while !isAtTupleEnd, !(endsAtRecursive && isAt(name: "recursive")) {
      items.append(try expression(allowsConditional: allowsConditional))
      guard skip(",") else { break }
      isTuple = true
    }
    if isTuple || items.isEmpty {
      guard isTuple || inBrackets else { throw unexpected(expected: "an expression") }
      return .tuple(items)
    }
    return items[0]
  }

  mutating func expression(allowsConditional: Bool = true) throws -> TemplateExpression {
    try nested { allowsConditional ? try $0.conditional() : try $0.or() }
  }

  private mutating func conditional() throws -> TemplateExpression {
    var branches: [(condition: TemplateExpression, value: TemplateExpression)] = []
    let line = self.line
    let known = unknown.count
    var value = try or()
    var levels = 0
    while skip(name: "if") {
      // What an inline if does not reach may be unknown.
      defer { unknown.removeLast(unknown.count - known) }
      let condition = try or()
      if skip(name: "else") {
        branches.append((condition, value))
        value = try or()
      } else {
        levels += 1
        guard levels < Self.depthLimit else {
          throw TemplateFailure.limit("more than \(Self.depthLimit) inline ifs without else")
        }
        value = .conditional([(condition, value)], otherwise: nil, line: line)
      }
    }
    return branches.isEmpty ? value : .conditional(branches, otherwise: value, line: line)
  }

  private mutating func or() throws -> TemplateExpression {
    let first = try and()
    guard isAt(name: "or") else { return first }
    var operands = [first]
    while skip(name: "or") { operands.append(try and()) }
    return .or(operands)
  }

  private mutating func and() throws -> TemplateExpression {
    let first = try not()
    guard isAt(name: "and") else { return first }
    var operands = [first]
    while skip(name: "and") { operands.append(try not()) }
    return .and(operands)
  }

  private mutating func not() throws -> TemplateExpression {
    guard isAt(name: "not") else { return try comparison() }
    var count = 0
    while skip(name: "not") { count += 1 }
    let value = TemplateExpression.not(try comparison())
    return count % 2 == 1 ? value : .not(value)
  }

  private mutating func comparison() throws -> TemplateExpression {
    let first = try sum()
    var rest: [(symbol: String, operand: TemplateExpression)] = []
    while true {
      if case .symbol(let symbol) = current.kind,
        ["==", "!=", "<", "<=", ">", ">="].contains(symbol)
      {
        advance()
        rest.append((symbol, try sum()))
      } else if skip(name: "in") {
        rest.append(("in", try sum()))
      } else if isAt(name: "not"), following.kind == .name("in") {
        advance()
        advance()
        rest.append(("not in", try sum()))
      } else {
        return rest.isEmpty ? first : .comparison(first, rest)
      }
    }
  }

  private mutating func row(
    of symbols: Set<String>, _ operand: (inout TemplateParser) throws -> TemplateExpression
  ) throws -> TemplateExpression {
    let first = try operand(&self)
    var rest: [(symbol: String, operand: TemplateExpression)] = []
    while case .symbol(let symbol) = current.kind, symbols.contains(symbol) {
      advance()
      rest.append((symbol, try operand(&self)))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func sum() throws -> TemplateExpression {
    try row(of: ["+", "-"]) { try $0.concatenation() }
  }

  private mutating func concatenation() throws -> TemplateExpression {
    let first = try product()
    guard isAt("~") else { return first }
    var operands = [first]
    while skip("~") { operands.append(try product()) }
    return .concatenation(operands)
  }

  private mutating func product() throws -> TemplateExpression {
    try row(of: ["*", "/", "//", "%"]) { parser in
      try parser.row(of: ["**"]) { try $0.unary() }
    }
  }

  private mutating func unary() throws -> TemplateExpression {
    var signs: [String] = []
    while case .symbol(let sign) = current.kind, sign == "-" || sign == "+" {
      advance()
      signs.append(sign)
    }
    var steps: [TemplateStep] = []
    var base = try primary()
    try postfix(&steps)
    if !signs.isEmpty {
      base = .signed(signs, steps.isEmpty ? base : .chain(base, steps))
      steps = []
    }
    try filtersAndTests(&steps)
    return steps.isEmpty ? base : .chain(base, steps)
  }

  private mutating func primary() throws -> TemplateExpression {
    let token = advance()
    switch token.kind {
    case .name("true"), .name("True"): return .constant(.bool(true))
    case .name("false"), .name("False"): return .constant(.bool(false))
    case .name("none"), .name("None"): return .constant(.none)
    case .name(let name):
      if let macro = namesInMacros.indices.last { namesInMacros[macro].insert(name) }
      return .name(name)
    case .string(var text):
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return .constant(.string(text))
    case .integer(let value): return .constant(.int(value))
    case .float(let value): return .constant(.float(value))
    case .symbol("("):
      let value = try nested { try $0.tupleOrExpression(inBrackets: true) }
      try expect(")")
      return value
    case .symbol("["):
      var items: [TemplateExpression] = []
      while !isAt("]") {
        if !items.isEmpty { try expect(",") }
        if isAt("]") { break }
        items.append(try expression())
      }
      advance()
      return .list(items)
    case .symbol("{"):
      var members: [(key: TemplateExpression, value: TemplateExpression)] = []
      while !isAt("}") {
        if !members.isEmpty { try expect(",") }
        if isAt("}") { break }
        let key = try expression()
        try expect(":")
        members.append((key, try expression()))
      }
      advance()
      return .dict(members)
    default: throw TemplateFailure.syntax("expected a value, found \(token.description)")
    }
  }

  // MARK: - What follows a value

  private mutating func postfix(_ steps: inout [TemplateStep]) throws {
    while true {
      let line = self.line
      if skip(".") {
        let token = advance()
        switch token.kind {
        case .name(let name): steps.append(TemplateStep(line: line, kind: .attribute(name)))
        case .integer(let index):
          steps.append(TemplateStep(line: line, kind: .item(.constant(.int(index)))))
        default:
          throw TemplateFailure.syntax("expected a name after '.', found \(token.description)")
        }
      } else if skip("[") {
        steps.append(TemplateStep(line: line, kind: try subscription()))
      } else if isAt("(") {
        steps.append(TemplateStep(line: line, kind: .call(try callArguments())))
      } else {
        return
      }
    }
  }

  private mutating func subscription() throws -> TemplateStep.Kind {
    var start: TemplateExpression?
    if isAt("]") { throw unexpected(expected: "an index") }
    if !isAt(":") {
      let index = try expression()
      if isAt(",") {
        var items = [index]
        while skip(",") { items.append(try expression()) }
        try expect("]")
        return .item(.tuple(items))
      }
      if skip("]") { return .item(index) }
      start = index
    }
    try expect(":")
    let end = isAt(":") || isAt("]") ? nil : try expression()
    let step = skip(":") && !isAt("]") ? try expression() : nil
    try expect("]")
    return .slice(start, end, step)
  }

  mutating func callArguments() throws -> TemplateCallArguments {
    var out = TemplateCallArguments()
    try expect("(")
    var isFirst = true
    while !isAt(")") {
      if !isFirst {
        try expect(",")
        if isAt(")") { break }
      }
      isFirst = false
      let badOrder = TemplateFailure.syntax("arguments in an order that a call cannot have")
      if skip("*") {
        guard out.spread == nil, out.spreadKeywords == nil else { throw badOrder }
        out.spread = try expression()
      } else if skip("**") {
        guard out.spreadKeywords == nil else { throw badOrder }
        out.spreadKeywords = try expression()
      } else if case .name(let name) = current.kind, following.kind == .symbol("=") {
        guard out.spreadKeywords == nil else { throw badOrder }
        advance()
        advance()
        guard !out.keywords.contains(where: { $0.name == name }) else {
          throw TemplateFailure.syntax("argument '\(name)' is given twice")
        }
        out.keywords.append((name, try expression()))
      } else {
        guard out.spread == nil, out.spreadKeywords == nil, out.keywords.isEmpty else {
          throw badOrder
        }
        out.positional.append(try expression())
      }
    }
    advance()
    return out
  }

  private mutating func dottedName() throws -> String {
    var name = try expectName()
    while skip(".") { name += "." + (try expectName()) }
    return name
  }

  private mutating func filtersAndTests(_ steps: inout [TemplateStep]) throws {
    while true {
      let line = self.line
      if skip("|") {
        steps.append(try filter())
      } else if skip(name: "is") {
        steps.append(try test(line: line))
      } else if isAt("(") {
        steps.append(TemplateStep(line: line, kind: .call(try callArguments())))
      } else {
        return
      }
    }
  }

  /// A filter's name and arguments, after the bar.
  mutating func filter() throws -> TemplateStep {
    let line = self.line
    let name = try dottedName()
    if !isSoft, TemplateInterpreter.filters[name] == nil {
      unknown.append((TemplateInterpreter.unknownFilter(name), line))
    }
    let arguments = isAt("(") ? try callArguments() : TemplateCallArguments()
    return TemplateStep(line: line, kind: .filter(name, arguments))
  }

  private mutating func test(line: Int) throws -> TemplateStep {
    let isNegated = skip(name: "not")
    let name = try dottedName()
    if !isSoft, TemplateInterpreter.tests[name] == nil {
      unknown.append((TemplateInterpreter.unknownTest(name), line))
    }
    var arguments = TemplateCallArguments()
    if isAt("(") {
      arguments = try callArguments()
    } else if isAtTestArgument {
      if isAt(name: "is") {
        throw TemplateFailure.syntax("tests cannot follow each other with 'is'")
      }
      let argument = try nested { parser in
        let base = try parser.primary()
        var steps: [TemplateStep] = []
        try parser.postfix(&steps)
        return steps.isEmpty ? base : .chain(base, steps)
      }
      arguments.positional = [argument]
    }
    return TemplateStep(line: line, kind: .test(name, arguments, isNegated: isNegated))
  }

  private var isAtTestArgument: Bool {
    switch current.kind {
    case .name("else"), .name("or"), .name("and"): false
    case .name, .string, .integer, .float, .symbol("["), .symbol("{"): true
    default: false
    }
  }
}
