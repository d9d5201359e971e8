import AssayCore
import AssayGame

/// Reads a tool's arguments by name, with limits that a schema does not express.
///
/// Every fault names the tool and the argument.
struct ToolArguments {
  private let tool: String
  private let values: JSONValue

  /// Checks `arguments` against `schema` and fills in its defaults.
  init(_ arguments: JSONValue, tool: String, schema: [ToolParameter]) throws {
    self.tool = tool
    values = try schema.validated(arguments, tool: tool)
  }

  /// A list of `1...limit` texts.
  func texts(_ name: String, limit: Int) throws -> [String] {
    let texts = values[name]?.strings ?? []
    guard (1...limit).contains(texts.count) else {
      throw fault(name, "must hold 1 to \(limit) texts, got \(texts.count)")
    }
    return texts
  }

  /// A list of at most `limit` texts; empty when it was not given.
  func optionalTexts(_ name: String, limit: Int) throws -> [String] {
    let texts = values[name]?.strings ?? []
    guard texts.count <= limit else {
      throw fault(name, "must hold at most \(limit) texts, got \(texts.count)")
    }
    return texts
  }

  /// At most `limit` lists of texts, of any length; empty when it was not given.
  func lists(_ name: String, limit: Int) throws -> [[String]] {
    let lists = (values[name]?.array ?? []).map { $0.strings ?? [] }
    guard lists.count <= limit else {
      throw fault(name, "must hold at most \(limit) lists, got \(lists.count)")
    }
    return lists
  }

  /// Texts for each of `count` prompts: one text for all or one for each; nil when not given.
  func perPrompt(_ name: String, count: Int) throws -> [String]? {
    guard let texts = values[name]?.strings, !texts.isEmpty else { return nil }
    if texts.count == 1 { return Array(repeating: texts[0], count: count) }
    guard texts.count == count else {
      throw fault(name, "must hold one text or \(count), one per prompt; got \(texts.count)")
    }
    return texts
  }

  /// Lists of texts for each of `count` prompts: one list for all or one for each.
  func listsPerPrompt(_ name: String, count: Int) throws -> [[String]] {
    let lists = (values[name]?.array ?? []).map { $0.strings ?? [] }
    guard let width = lists.first?.count, width > 0, lists.allSatisfy({ $0.count == width }) else {
      throw fault(name, "must hold lists of texts, all of the same length above 0")
    }
    if lists.count == 1 { return Array(repeating: lists[0], count: count) }
    guard lists.count == count else {
      throw fault(name, "must hold one list or \(count), one per prompt; got \(lists.count)")
    }
    return lists
  }

  /// A whole number in `range`; the schema must give a default.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int {
    guard let number = values[name]?.int, range.contains(number) else {
      throw fault(name, "must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number in `range`; the schema must give a default.
  func number(_ name: String, in range: ClosedRange<Double>) throws -> Double {
    guard let number = values[name]?.double, range.contains(number) else {
      throw fault(name, "must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One of `choices`; the schema must give a default.
  func choice(_ name: String, of choices: [String]) throws -> String {
    guard let text = values[name]?.string, choices.contains(text) else {
      throw fault(name, "must be one of: \(choices.joined(separator: ", "))")
    }
    return text
  }

  private func fault(_ name: String, _ complaint: String) -> AssayError {
    AssayError(.badInput, "the argument '\(name)' of '\(tool)' \(complaint)")
  }
}
