import AssayCore
import AssayGame
import Foundation

/// A line that a person wrote to audit with.
struct HumanCommand: Hashable, Sendable {
  /// The first word.
  var name: String
  /// What follows it.
  var rest: String

  /// Reads a line; nil where it is empty.
  init?(_ line: String) {
    let trimmed = line.trimmingCharacters(in: .whitespaces)
    guard let first = trimmed.split(separator: " ", maxSplits: 1).first else { return nil }
    name = String(first)
    rest = trimmed.dropFirst(first.count).trimmingCharacters(in: .whitespaces)
  }

  /// The rest as a tool's arguments: an object of JSON, or `name=value` with quotes around what has spaces.
  ///
  /// A value is text where the tool wants text, a list of one where it wants texts and there is no list, else
  /// JSON. Throws `AssayError(.badInput)` for what is neither.
  func arguments(_ schema: [ToolParameter]) throws -> JSONValue {
    if rest.isEmpty { return [:] }
    if rest.hasPrefix("{") {
      guard let value = Self.json(rest) else {
        throw AssayError(.badInput, "the arguments are not valid JSON")
      }
      return value
    }
    var arguments: [String: JSONValue] = [:]
    for word in Self.words(rest) {
      guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
        throw AssayError(
          .badInput, "'\(word)' is no argument", hint: "write name=value, or an object of JSON")
      }
      let name = String(word[..<equals])
      let text = String(word[word.index(after: equals)...])
      switch schema.first(where: { $0.name == name })?.kind {
      case ToolParameter.Kind.text: arguments[name] = .string(text)
      case ToolParameter.Kind.texts:
        arguments[name] =
          Self.json(text).flatMap { $0.strings == nil ? nil : $0 } ?? [.string(text)]
      default: arguments[name] = Self.json(text) ?? .string(text)
      }
    }
    return .object(arguments)
  }

  private static func json(_ text: String) -> JSONValue? {
    try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  /// Words, as quotes and brackets hold them together; the outer quotes go.
  static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var (isQuoted, depth) = (false, 0)
    for character in text {
      switch character {
      case "\"":
        isQuoted.toggle()
        if depth > 0 { word.append(character) }
      case " " where !isQuoted && depth == 0:
        if !word.isEmpty { words.append(word) }
        word = ""
      default:
        if !isQuoted, "[{".contains(character) { depth += 1 }
        if !isQuoted, "]}".contains(character) { depth = max(0, depth - 1) }
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}
