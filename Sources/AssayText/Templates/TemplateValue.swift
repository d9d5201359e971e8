/// A value while a template runs, with the kinds and the behaviour that Python's have.
///
/// What can change or hold others in a circle (namespaces, loops, macros, iterators) lives in the
/// interpreter and is named here by its number, so that values never form cycles.
enum TemplateValue: Sendable {
  /// Nothing of that name; the text says what was looked for.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// Text that `safe` or `escape` marked: what is added to it is escaped for HTML.
  case markup(String)
  case list(TemplateList)
  case tuple(TemplateList)
  case dict(TemplateDictionary)
  case view(DictionaryView, TemplateDictionary)
  case range(TemplateRange)
  /// What `map`, `select` and their like return: gives its items once.
  case iterator(Int)
  case namespace(Int)
  case loop(Int)
  case macro(Int)
  case function(TemplateFunction)
  case method(TemplateMethod)

  /// What of a dictionary `.keys()`, `.values()` and `.items()` show.
  enum DictionaryView: String, Sendable {
    case keys, values, items
  }

  static func list(_ items: [TemplateValue]) throws -> TemplateValue {
    .list(try TemplateList(items))
  }

  static func tuple(_ items: [TemplateValue]) throws -> TemplateValue {
    .tuple(try TemplateList(items))
  }

  /// The text of a string, marked or not.
  var text: String? {
    switch self {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  var isMarkup: Bool {
    if case .markup = self { true } else { false }
  }

  /// The number as Python sees it, where true is 1.
  var integer: Int? {
    switch self {
    case .int(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// The number as a double, for integers and truth values too.
  var double: Double? {
    if case .float(let value) = self { return value }
    return integer.map(Double.init)
  }

  /// Levels of lists and dictionaries in this value.
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dict(let dictionary), .view(_, let dictionary): dictionary.depth
    case .method(let method): method.receiver.depth + 1
    default: 0
    }
  }

  /// Python's name of the type, for messages.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .string: "str"
    case .markup: "Markup"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .view(let view, _): "dict_\(view.rawValue)"
    case .range: "range"
    case .iterator: "generator"
    case .namespace: "Namespace"
    case .loop: "LoopContext"
    case .macro: "Macro"
    case .function: "function"
    case .method: "builtin_function_or_method"
    }
  }
}

/// Values in a row, with how deep they nest.
final class TemplateList: Sendable {
  /// More levels than any chat has, and few enough for the stack.
  static let depthLimit = 100

  let items: [TemplateValue]
  let depth: Int

  init(_ items: [TemplateValue]) throws {
    self.items = items
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
    guard depth <= Self.depthLimit else {
      throw TemplateFailure.limit("a value is nested more than \(Self.depthLimit) levels deep")
    }
  }
}

/// A method with the value that it belongs to.
final class TemplateMethod: Sendable {
  let receiver: TemplateValue
  let name: String

  init(_ receiver: TemplateValue, _ name: String) {
    self.receiver = receiver
    self.name = name
  }
}

/// Whole numbers at equal steps.
struct TemplateRange: Sendable {
  /// Larger numbers are refused, so that nothing here overflows.
  static let limit = 1 << 40

  var start: Int
  var stop: Int
  var step: Int
  var count: Int

  subscript(index: Int) -> TemplateValue { .int(start + index * step) }

  var items: [TemplateValue] { (0..<count).map { self[$0] } }
}

/// The functions that every template can call.
enum TemplateFunction: String, Sendable, CaseIterable {
  case range, namespace, dict
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}
