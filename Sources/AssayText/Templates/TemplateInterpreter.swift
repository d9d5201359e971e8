import Foundation

/// Runs a template once.
///
/// What a template can do is bounded: steps (each expression, each item, each 16 bytes of text made),
/// depth, and the length of the output.
final class TemplateInterpreter {
  /// Steps of one rendering; the longest chats need a few per cent of them.
  static let stepLimit = 4_000_000
  /// Levels of statements, expressions and macro calls within each other.
  static let depthLimit = 160
  /// Bytes of output.
  static let outputLimit = 16_000_000
  /// Items of `range`, as Jinja's sandbox has it.
  static let rangeLimit = 100_000

  /// What the template is given by name.
  let context: [String: TemplateValue]
  /// What `strftime_now` says.
  let now: Date
  let timeZone: TimeZone
  /// The line of the template that is run.
  var line = 1
  private var steps = 0
  private var depth = 0

  /// The objects that values name by number.
  var namespaces: [TemplateDictionary] = []
  var macros: [(macro: TemplateMacro, scope: TemplateScope)] = []
  var iterators: [(items: [TemplateValue], next: Int)] = []
  var loops: [TemplateLoopState] = []

  init(context: [String: TemplateValue], now: Date, timeZone: TimeZone) {
    self.context = context
    self.now = now
    self.timeZone = timeZone
  }

  /// The text that the template makes.
  func render(_ body: [TemplateStatement]) throws -> String {
    var out = ""
    _ = try run(body, TemplateScope(parent: nil), &out)
    return out
  }

  /// Pays for work before it is done.
  func charge(_ count: Int) throws {
    steps += min(max(count, 0), Self.stepLimit + 1)
    if steps > Self.stepLimit {
      throw TemplateFailure.limit("the template does more than \(Self.stepLimit) steps")
    }
  }

  /// Pays for text of so many bytes.
  func charge(bytes: Int) throws {
    guard bytes <= Self.outputLimit else {
      throw TemplateFailure.limit("the template makes more than \(Self.outputLimit) bytes")
    }
    try charge(bytes / 16)
  }

  func append(_ text: String, to out: inout String) throws {
    let bytes = text.utf8.count
    try charge(bytes: bytes)
    guard out.utf8.count + bytes <= Self.outputLimit else {
      throw TemplateFailure.limit("the template makes more than \(Self.outputLimit) bytes")
    }
    out += text
  }

  /// Runs `body` one level deeper.
  func nested<T>(_ body: () throws -> T) throws -> T {
    guard depth < Self.depthLimit else {
      throw TemplateFailure.limit("the template goes more than \(Self.depthLimit) levels deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try body()
  }

  /// What `name` stands for in `scope`.
  func lookUp(_ name: String, _ scope: TemplateScope) -> TemplateValue {
    var current: TemplateScope? = scope
    while let here = current {
      if let value = here.names[name] { return value }
      current = here.parent
    }
    if let value = context[name] { return value }
    if let function = TemplateFunction(rawValue: name) { return .function(function) }
    return .undefined("'\(name)' is undefined")
  }
}

/// Names that were assigned, within those of the block around.
final class TemplateScope {
  var names: [String: TemplateValue] = [:]
  let parent: TemplateScope?

  init(parent: TemplateScope?) {
    self.parent = parent
  }
}

/// Where a `for` loop is.
struct TemplateLoopState {
  var items: [TemplateValue]
  var index = 0
  /// How many loops are around it that call themselves: none here, as recursive loops are refused.
  let depth = 1
  /// The arguments of the last `loop.changed(…)`.
  var lastChanged: TemplateValue?
}
