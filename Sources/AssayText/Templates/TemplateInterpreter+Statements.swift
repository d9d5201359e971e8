extension TemplateInterpreter {
  /// How a row of statements ended.
  enum Outcome { case end, breakLoop, continueLoop }

  func run(
    _ body: [TemplateStatement], _ scope: TemplateScope, _ out: inout String
  ) throws -> Outcome {
    for statement in body {
      line = statement.line
      try charge(1)
      switch statement.kind {
      case .text(let text): try append(text, to: &out)
      case .output(let values):
        for value in values { try append(text(of: evaluate(value, scope)), to: &out) }
      case .assign(let target, let value): try assign(evaluate(value, scope), to: target, scope)
      case .breakLoop: return .breakLoop
      case .continueLoop: return .continueLoop
      case .macro(let macro):
        macros.append((macro, scope))
        scope.names[macro.name] = .macro(macros.count - 1)
      default:
        let outcome = try nested { try runBlock(statement.kind, scope, &out) }
        if outcome != .end { return outcome }
      }
    }
    return .end
  }

  private func runBlock(
    _ kind: TemplateStatement.Kind, _ scope: TemplateScope, _ out: inout String
  ) throws -> Outcome {
    switch kind {
    case .branches(let branches, let otherwise):
      for branch in branches where try isTrue(evaluate(branch.condition, scope)) {
        return try run(branch.body, scope, &out)
      }
      return try run(otherwise, scope, &out)
    case .loop(let loop): return try run(loop, scope, &out)
    case .assignBlock(let target, let filters, let body):
      let (value, outcome) = try captured(body, filters, TemplateScope(parent: scope))
      guard outcome == .end else { return outcome }
      try assign(value, to: target, scope)
    case .filterBlock(let filters, let body):
      let (value, outcome) = try captured(body, filters, TemplateScope(parent: scope))
      guard outcome == .end else { return outcome }
      try append(text(of: value), to: &out)
    case .callBlock(let callee, let arguments, let macro):
      macros.append((macro, scope))
      let caller = TemplateValue.macro(macros.count - 1)
      let target = try evaluate(callee, scope)
      var values = try evaluate(arguments, scope)
      values.keywords.append(("caller", caller))
      try append(text(of: call(target, values)), to: &out)
    case .with(let pairs, let body):
      let values = try pairs.map { try evaluate($0.value, scope) }
      let inner = TemplateScope(parent: scope)
      for (pair, value) in zip(pairs, values) { try assign(value, to: pair.target, inner) }
      return try run(body, inner, &out)
    case .scope(let body): return try run(body, TemplateScope(parent: scope), &out)
    default: break
    }
    return .end
  }

  /// What `body` writes, through the filters.
  private func captured(
    _ body: [TemplateStatement], _ filters: [TemplateStep], _ scope: TemplateScope
  ) throws -> (TemplateValue, Outcome) {
    var inner = ""
    let outcome = try run(body, scope, &inner)
    var value = TemplateValue.string(inner)
    for filter in filters { value = try apply(filter, to: value, scope) }
    return (value, outcome)
  }

  private func run(
    _ loop: TemplateLoop, _ scope: TemplateScope, _ out: inout String
  ) throws -> Outcome {
    var items = try iterate(evaluate(loop.items, scope))
    if let condition = loop.condition {
      items = try items.filter { item in
        let inner = TemplateScope(parent: scope)
        try assign(item, to: loop.target, inner)
        return try isTrue(evaluate(condition, inner))
      }
    }
    // As in Jinja, the else part runs unless the body was once run to its end: a body that is always
    // left by continue or break counts as no item.
    var ranToEnd = false
    let number = loops.count
    try charge(items.count)
    loops.append(TemplateLoopState(items: items))
    loop: for (index, item) in items.enumerated() {
      loops[number].index = index
      let inner = TemplateScope(parent: scope)
      inner.names["loop"] = .loop(number)
      try assign(item, to: loop.target, inner)
      switch try run(loop.body, inner, &out) {
      case .end: ranToEnd = true
      case .continueLoop: continue
      case .breakLoop: break loop
      }
    }
    return ranToEnd ? .end : try run(loop.otherwise, scope, &out)
  }

  func assign(
    _ value: TemplateValue, to target: TemplateTarget, _ scope: TemplateScope
  ) throws {
    switch target {
    case .name(let name): scope.names[name] = value
    case .attribute(let name, let attribute):
      guard case .namespace(let number) = lookUp(name, scope) else {
        throw TemplateFailure("'\(name)' is no namespace: its attributes cannot be set")
      }
      let members = namespaces[number]
      try charge(members.count)
      let key = TemplateKey.text(TemplateText(attribute))
      namespaces[number] = try namespaceMembers(
        members.members + [(key, .string(attribute), value)])
    case .tuple(let targets):
      let items = try iterate(value)
      guard items.count == targets.count else {
        throw TemplateFailure("\(items.count) values for \(targets.count) names")
      }
      for (target, item) in zip(targets, items) { try assign(item, to: target, scope) }
    }
  }

  /// A namespace's members; names that begin with an underscore are refused, as transformers does.
  func namespaceMembers(
    _ members: [(key: TemplateKey, name: TemplateValue, value: TemplateValue)]
  ) throws -> TemplateDictionary {
    for member in members where member.name.text?.utf8.first == UInt8(ascii: "_") {
      throw TemplateFailure("a namespace's attribute may not begin with an underscore")
    }
    return try TemplateDictionary(members)
  }

  /// Calls a macro.
  func call(macro number: Int, _ arguments: TemplateArguments) throws -> TemplateValue {
    let (macro, definition) = macros[number]
    let scope = TemplateScope(parent: definition)
    var keywords = arguments.keywords
    func take(_ name: String) -> TemplateValue? {
      guard let place = keywords.firstIndex(where: { $0.name == name }) else { return nil }
      return keywords.remove(at: place).value
    }
    return try nested {
      let outerLine = line
      defer { line = outerLine }
      let isFull = arguments.positional.count >= macro.parameters.count
      var presets: [(String, TemplateExpression)] = []
      for (index, parameter) in macro.parameters.enumerated() {
        if index < arguments.positional.count {
          scope.names[parameter.name] = arguments.positional[index]
        } else if let value = take(parameter.name) {
          scope.names[parameter.name] = value
        } else if let preset = parameter.preset {
          presets.append((parameter.name, preset))
        } else {
          scope.names[parameter.name] = .undefined(
            "parameter '\(parameter.name)' was not provided")
        }
      }
      let hasCallerParameter = macro.parameters.contains { $0.name == "caller" }
      if macro.usesCaller, !hasCallerParameter {
        scope.names["caller"] = take("caller") ?? .undefined("no caller defined")
      }
      if macro.usesKwargs {
        scope.names["kwargs"] = .dict(try TemplateDictionary(names: keywords))
      } else if let extra = keywords.first {
        throw TemplateFailure(
          "macro '\(macro.name)' takes no\(isFull ? " further" : "") argument '\(extra.name)'")
      }
      if macro.usesVarargs {
        scope.names["varargs"] = try .tuple(
          Array(arguments.positional.dropFirst(macro.parameters.count)))
      } else if arguments.positional.count > macro.parameters.count {
        throw TemplateFailure(
          "macro '\(macro.name)' takes \(macro.parameters.count) arguments at most, not "
            + "\(arguments.positional.count)")
      }
      for (name, preset) in presets { scope.names[name] = try evaluate(preset, scope) }
      var out = ""
      _ = try run(macro.body, scope, &out)
      return .string(out)
    }
  }
}
