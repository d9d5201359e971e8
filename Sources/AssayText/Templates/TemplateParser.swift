/// Reads the tokens of a template into statements; the grammar is that of Jinja 3.1's parser.
///
/// Depth is limited, so that no template exhausts the stack.
struct TemplateParser {
  /// Levels of brackets and blocks within each other.
  static let depthLimit = 60

  private let tokens: [TemplateToken]
  private var next = 0
  var depth = 0
  /// Names that the macros being read use so far, the innermost last.
  var namesInMacros: [Set<String>] = []
  /// Whether an unknown filter or test fails only when it is reached, as it does inside of an `if`.
  var isSoft = false
  /// Filters and tests that nobody knows, with their lines; an inline `if` around them forgives them.
  var unknown: [(failure: TemplateFailure, line: Int)] = []
  /// Loops around what is read that a `break` here would leave.
  var loops = 0

  init(_ tokens: [TemplateToken]) {
    self.tokens = tokens
  }

  // MARK: - Tokens

  var current: TemplateToken { tokens[min(next, tokens.count - 1)] }
  var following: TemplateToken { tokens[min(next + 1, tokens.count - 1)] }
  var line: Int { current.line }

  @discardableResult
  mutating func advance() -> TemplateToken {
    defer { next += 1 }
    return current
  }

  func isAt(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }
  func isAt(name: String) -> Bool { current.kind == .name(name) }

  mutating func skip(_ symbol: String) -> Bool {
    guard isAt(symbol) else { return false }
    advance()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard isAt(name: name) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: String) throws {
    guard skip(symbol) else { throw unexpected(expected: "'\(symbol)'") }
  }

  mutating func expect(name: String) throws {
    guard skip(name: name) else { throw unexpected(expected: "'\(name)'") }
  }

  mutating func expect(_ kind: TemplateToken.Kind, _ what: String) throws {
    guard current.kind == kind else { throw unexpected(expected: what) }
    advance()
  }

  mutating func expectName() throws -> String {
    guard case .name(let name) = current.kind else { throw unexpected(expected: "a name") }
    advance()
    return name
  }

  func unexpected(expected: String) -> TemplateFailure {
    .syntax("expected \(expected), found \(current.description)")
  }

  /// Runs `body` one level deeper.
  mutating func nested<T>(_ body: (inout TemplateParser) throws -> T) throws -> T {
    guard depth < Self.depthLimit else {
      throw TemplateFailure.limit("the template is nested more than \(Self.depthLimit) levels deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  // MARK: - Statements

  /// The whole template.
  mutating func template() throws -> [TemplateStatement] {
    let body = try statements(until: [])
    guard current.kind == .end else { throw unexpected(expected: "the end of the template") }
    if let first = unknown.first { throw first.failure.error(line: first.line) }
    return body
  }

  /// Statements up to a tag that is one of `ends`; the parser then stands at its name.
  mutating func statements(until ends: Set<String>) throws -> [TemplateStatement] {
    var out: [TemplateStatement] = []
    while true {
      let token = current
      switch token.kind {
      case .data(let text):
        advance()
        out.append(TemplateStatement(line: token.line, kind: .text(text)))
      case .variableBegin:
        advance()
        let value = try tupleOrExpression()
        try expect(.variableEnd, "'}}'")
        out.append(TemplateStatement(line: token.line, kind: .output([value])))
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return out }
        let line = self.line
        if let kind = try nested({ try $0.statement() }) {
          out.append(TemplateStatement(line: line, kind: kind))
        }
        try expect(.blockEnd, "'%}'")
      default:
        guard ends.isEmpty else {
          let wanted = ends.sorted().map { "'\($0)'" }.joined(separator: " or ")
          throw TemplateFailure.syntax("the template ends where \(wanted) should be")
        }
        return out
      }
    }
  }

  /// The body of a block tag that has been read up to its '%}'; takes the end tag's name too where
  /// only one can end it.
  mutating func body(until ends: String...) throws -> [TemplateStatement] {
    _ = skip(":")
    try expect(.blockEnd, "'%}'")
    let body = try statements(until: Set(ends))
    if ends.count == 1 { advance() }
    return body
  }

  private mutating func statement() throws -> TemplateStatement.Kind? {
    let name = try expectTag()
    switch name {
    case "if": return try branches()
    case "for": return try loop()
    case "set": return try assignment()
    case "macro": return .macro(try macro(named: try expectName()))
    case "call": return try callBlock()
    case "filter":
      let filters = try filterNames()
      return .filterBlock(filters, try hard { try $0.body(until: "endfilter") })
    case "with": return try with()
    case "print":
      var values = [try expression()]
      while skip(",") { values.append(try expression()) }
      return .output(values)
    case "generation":
      let body = try hard { parser in
        let loops = parser.loops
        parser.loops = 0
        defer { parser.loops = loops }
        return try parser.body(until: "endgeneration")
      }
      return .scope(body)
    case "break", "continue":
      guard loops > 0 else { throw TemplateFailure.syntax("'\(name)' outside of a loop") }
      return name == "break" ? .breakLoop : .continueLoop
    case "include", "import", "from", "extends", "block", "autoescape":
      throw TemplateFailure.unsupported("'{% \(name) %}'")
    default:
      throw TemplateFailure.syntax("unknown tag '\(name)'")
    }
  }

  private mutating func expectTag() throws -> String {
    guard case .name(let name) = current.kind else {
      throw TemplateFailure.syntax("expected the name of a tag, found \(current.description)")
    }
    advance()
    return name
  }

  /// Runs `body` where an unknown filter is an error at once.
  private mutating func hard<T>(_ body: (inout TemplateParser) throws -> T) throws -> T {
    let outer = isSoft
    isSoft = false
    defer { isSoft = outer }
    return try body(&self)
  }

  private mutating func branches() throws -> TemplateStatement.Kind {
    let outer = isSoft
    isSoft = true
    defer { isSoft = outer }
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let condition = try tupleOrExpression(allowsConditional: false)
      branches.append((condition, try body(until: "elif", "else", "endif")))
      switch advance().kind {
      case .name("elif"): continue
      case .name("else"):
        return .branches(branches, otherwise: try body(until: "endif"))
      default: return .branches(branches, otherwise: [])
      }
    }
  }

  private mutating func loop() throws -> TemplateStatement.Kind {
    let target = try assignmentTarget(allowsAttributes: false, endsAtIn: true)
    try expect(name: "in")
    let items = try tupleOrExpression(allowsConditional: false, endsAtRecursive: true)
    let condition = skip(name: "if") ? try expression() : nil
    if isAt(name: "recursive") { throw TemplateFailure.unsupported("a recursive loop") }
    return try hard { parser in
      parser.loops += 1
      let body: [TemplateStatement]
      do {
        defer { parser.loops -= 1 }
        body = try parser.body(until: "else", "endfor")
      }
      var otherwise: [TemplateStatement] = []
      if parser.advance().kind == .name("else") { otherwise = try parser.body(until: "endfor") }
      return .loop(
        TemplateLoop(
          target: target, items: items, condition: condition, body: body, otherwise: otherwise))
    }
  }

  private mutating func assignment() throws -> TemplateStatement.Kind {
    let target = try assignmentTarget(allowsAttributes: true, endsAtIn: false)
    if skip("=") { return .assign(target, try tupleOrExpression()) }
    let filters = isAt("|") ? try filterNames(afterBar: true) : []
    return .assignBlock(target, filters, try hard { try $0.body(until: "endset") })
  }

  private mutating func with() throws -> TemplateStatement.Kind {
    var pairs: [(target: TemplateTarget, value: TemplateExpression)] = []
    while current.kind != .blockEnd, !isAt(":") {
      if !pairs.isEmpty { try expect(",") }
      let target = try assignmentTarget(allowsAttributes: false, endsAtIn: false, isSingle: false)
      try expect("=")
      pairs.append((target, try expression()))
    }
    return .with(pairs, try hard { try $0.body(until: "endwith") })
  }

  private mutating func macro(named name: String) throws -> TemplateMacro {
    let parameters = try signature()
    return try macroBody(name: name, parameters: parameters, end: "endmacro")
  }

  private mutating func signature() throws -> [(name: String, preset: TemplateExpression?)] {
    var parameters: [(name: String, preset: TemplateExpression?)] = []
    try expect("(")
    while !isAt(")") {
      if !parameters.isEmpty { try expect(",") }
      let name = try expectName()
      try checkAssignable(name)
      if skip("=") {
        parameters.append((name, try expression()))
      } else if parameters.last?.preset != nil {
        throw TemplateFailure.syntax("parameter '\(name)' without a default follows one with it")
      } else {
        parameters.append((name, nil))
      }
    }
    advance()
    return parameters
  }

  private mutating func macroBody(
    name: String, parameters: [(name: String, preset: TemplateExpression?)], end: String
  ) throws -> TemplateMacro {
    let outerLoops = loops
    loops = 0
    namesInMacros.append([])
    defer { loops = outerLoops }
    let body = try hard { try $0.body(until: end) }
    let names = namesInMacros.removeLast()
    if let outer = namesInMacros.indices.last { namesInMacros[outer].formUnion(names) }
    return TemplateMacro(
      name: name, parameters: parameters, body: body, usesVarargs: names.contains("varargs"),
      usesKwargs: names.contains("kwargs"), usesCaller: names.contains("caller"))
  }

  private mutating func callBlock() throws -> TemplateStatement.Kind {
    let parameters = isAt("(") ? try signature() : []
    let call = try expression()
    guard case .chain(let base, var steps) = call, let last = steps.popLast(),
      case .call(let arguments) = last.kind
    else { throw TemplateFailure.syntax("'{% call %}' needs a call") }
    let callee = steps.isEmpty ? base : TemplateExpression.chain(base, steps)
    let body = try macroBody(name: "caller", parameters: parameters, end: "endcall")
    return .callBlock(callee, arguments, body)
  }

  /// `name(arguments)|name|…`, for blocks.
  private mutating func filterNames(afterBar: Bool = false) throws -> [TemplateStep] {
    if afterBar { advance() }
    var filters = [try filter()]
    while skip("|") { filters.append(try filter()) }
    return filters
  }

  // MARK: - Targets

  func checkAssignable(_ name: String) throws {
    if ["true", "false", "none", "True", "False", "None"].contains(name) {
      throw TemplateFailure.syntax("'\(name)' cannot be assigned to")
    }
  }

  private mutating func assignmentTarget(
    allowsAttributes: Bool, endsAtIn: Bool, isSingle: Bool = false
  ) throws -> TemplateTarget {
    var targets: [TemplateTarget] = []
    var isTuple = false
    while true {
      if !targets.isEmpty, isAtTupleEnd || (endsAtIn && isAt(name: "in")) { break }
      targets.append(try singleTarget(allowsAttributes: allowsAttributes))
      guard skip(",") else { break }
      isTuple = true
    }
    return isTuple || targets.count > 1 ? .tuple(targets) : targets[0]
  }

  private mutating func singleTarget(allowsAttributes: Bool) throws -> TemplateTarget {
    if skip("(") {
      let target = try nested {
        try $0.assignmentTarget(allowsAttributes: false, endsAtIn: false)
      }
      try expect(")")
      return target
    }
    guard case .name(let name) = current.kind else {
      throw unexpected(expected: "a name to assign to")
    }
    advance()
    try checkAssignable(name)
    if allowsAttributes, skip(".") { return .attribute(name, try expectName()) }
    return .name(name)
  }

  var isAtTupleEnd: Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(")"): true
    default: false
    }
  }
}
