extension TemplateInterpreter {
  func evaluate(
    _ expression: TemplateExpression, _ scope: TemplateScope
  ) throws -> TemplateValue {
    try charge(1)
    switch expression {
    case .constant(let value): return value
    case .name(let name): return lookUp(name, scope)
    default: return try nested { try evaluateDeep(expression, scope) }
    }
  }

  private func evaluateDeep(
    _ expression: TemplateExpression, _ scope: TemplateScope
  ) throws -> TemplateValue {
    switch expression {
    case .constant, .name: return try evaluate(expression, scope)
    case .list(let items): return try .list(items.map { try evaluate($0, scope) })
    case .tuple(let items): return try .tuple(items.map { try evaluate($0, scope) })
    case .dict(let members): return try dictionary(members, scope)
    case .chain(let base, let steps):
      var value = try evaluate(base, scope)
      for step in steps { value = try apply(step, to: value, scope) }
      return value
    case .arithmetic(let first, let rest):
      var value = try evaluate(first, scope)
      for (symbol, operand) in rest {
        value = try arithmetic(value, symbol, evaluate(operand, scope))
      }
      return value
    case .concatenation(let operands): return try concatenation(operands, scope)
    case .comparison(let first, let rest): return try comparison(first, rest, scope)
    case .and(let operands): return try firstOf(operands, isTrue: false, scope)
    case .or(let operands): return try firstOf(operands, isTrue: true, scope)
    case .not(let operand): return try .bool(!isTrue(evaluate(operand, scope)))
    case .signed(let signs, let operand): return try signed(signs, evaluate(operand, scope))
    case .conditional(let branches, let otherwise, let line):
      for branch in branches where try isTrue(evaluate(branch.condition, scope)) {
        return try evaluate(branch.value, scope)
      }
      if let otherwise { return try evaluate(otherwise, scope) }
      return .undefined("the inline if on line \(line) is false and has no else")
    }
  }

  private func dictionary(
    _ members: [(key: TemplateExpression, value: TemplateExpression)], _ scope: TemplateScope
  ) throws -> TemplateValue {
    var out: [(key: TemplateKey, name: TemplateValue, value: TemplateValue)] = []
    for member in members {
      let name = try evaluate(member.key, scope)
      out.append((try key(of: name), name, try evaluate(member.value, scope)))
    }
    return .dict(try TemplateDictionary(out))
  }

  private func concatenation(
    _ operands: [TemplateExpression], _ scope: TemplateScope
  ) throws -> TemplateValue {
    var out = ""
    for operand in operands { try append(text(of: evaluate(operand, scope)), to: &out) }
    return .string(out)
  }

  /// The first operand of that truth, else the last.
  private func firstOf(
    _ operands: [TemplateExpression], isTrue wanted: Bool, _ scope: TemplateScope
  ) throws -> TemplateValue {
    var value = TemplateValue.none
    for operand in operands {
      value = try evaluate(operand, scope)
      if try isTrue(value) == wanted { break }
    }
    return value
  }

  /// `a < b < c` holds where both do; each operand is evaluated once.
  private func comparison(
    _ first: TemplateExpression, _ rest: [(symbol: String, operand: TemplateExpression)],
    _ scope: TemplateScope
  ) throws -> TemplateValue {
    var left = try evaluate(first, scope)
    for (symbol, operand) in rest {
      let right = try evaluate(operand, scope)
      guard try compare(left, symbol, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  func compare(
    _ left: TemplateValue, _ symbol: String, _ right: TemplateValue
  ) throws -> Bool {
    switch symbol {
    case "==": try areEqual(left, right)
    case "!=": try !areEqual(left, right)
    case "in": try contains(right, left)
    case "not in": try !contains(right, left)
    default: try isOrdered(left, symbol, right)
    }
  }

  func apply(
    _ step: TemplateStep, to value: TemplateValue, _ scope: TemplateScope
  ) throws -> TemplateValue {
    line = step.line
    try charge(1)
    switch step.kind {
    case .attribute(let name): return try attribute(name, of: value)
    case .item(let index): return try item(evaluate(index, scope), of: value)
    case .slice(let start, let end, let stride):
      let bounds = try [start, end, stride].map { try $0.map { try evaluate($0, scope) } }
      return try slice(value, bounds)
    case .call(let arguments): return try call(value, evaluate(arguments, scope))
    case .filter(let name, let arguments):
      return try filter(name, value, evaluate(arguments, scope))
    case .test(let name, let arguments, let isNegated):
      return .bool(try test(name, value, evaluate(arguments, scope)) != isNegated)
    }
  }

  func evaluate(
    _ written: TemplateCallArguments, _ scope: TemplateScope
  ) throws -> TemplateArguments {
    var out = TemplateArguments()
    for value in written.positional { out.positional.append(try evaluate(value, scope)) }
    for (name, value) in written.keywords {
      out.keywords.append((name, try evaluate(value, scope)))
    }
    if let spread = written.spread {
      out.positional += try iterate(evaluate(spread, scope))
    }
    if let spread = written.spreadKeywords {
      guard case .dict(let members) = try evaluate(spread, scope) else {
        throw TemplateFailure("what follows '**' must be a dictionary")
      }
      try charge(members.count)
      for (name, value) in zip(members.keys, members.values) {
        guard let name = name.text, !out.keywords.contains(where: { $0.name == name }) else {
          throw TemplateFailure("a keyword after '**' is no text, or is given twice")
        }
        out.keywords.append((name, value))
      }
    }
    return out
  }

  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    guard let filter = Self.filters[name] else { throw Self.unknownFilter(name) }
    return try nested { try filter(self, value, arguments) }
  }

  func test(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> Bool {
    guard let test = Self.tests[name] else { throw Self.unknownTest(name) }
    return try test(self, value, arguments)
  }
}
