import AssayCore
import Foundation
import Testing

@testable import AssayText

/// Golden results made by scripts/make-template-fixtures.py with transformers and Jinja.
struct TemplateFixtures: Sendable {
  /// A template, or a snippet of one, and what came of it.
  struct Case: Sendable, CustomTestStringConvertible {
    var source: String
    var result: OrderedJSON
    var name: String

    var testDescription: String { name }

    /// The text, nil where it is an error.
    var text: String? { result["text"]?.string }
    /// The message of `raise_exception`.
    var message: String? { result["message"]?.string }
    /// The line of a syntax error.
    var line: Int? { result["line"]?.integer }
  }

  let document: OrderedJSON
  /// The time that the clock of the script shows.
  let now: Date
  let timeZone: TimeZone

  init() throws {
    document = try OrderedJSON(parsing: TokenizerFixtures.data("templates.json"))
    let parts = try #require(document["now"]?.array).compactMap(\.integer)
    timeZone = try #require(TimeZone(identifier: "UTC"))
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    now = try #require(
      calendar.date(
        from: DateComponents(
          year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4],
          second: parts[5])))
  }

  static func source(_ name: String) throws -> String {
    String(decoding: try TokenizerFixtures.data("templates/\(name).jinja"), as: UTF8.self)
  }

  var names: [String] {
    var seen: [String] = []
    for entry in document["families"]?.array ?? [] {
      if let name = entry["template"]?.string, !seen.contains(name) { seen.append(name) }
    }
    return seen
  }

  /// What the template of `entry` makes of the chat that it names.
  func render(_ template: ChatTemplate, _ entry: OrderedJSON) throws -> String {
    let chat = try #require(entry["chat"]?.string.flatMap { document["chats"]?[$0] }?.array)
    let options = try #require(
      entry["options"]?.integer.flatMap { document["options"]?.array?[$0] }?.object)
    return try template.render(
      chat.map { ChatMessage($0) },
      tools: entry["tools"]?.bool == true ? document["tools"]?.array : nil,
      addGenerationPrompt: entry["prompt"]?.bool == true, bosToken: "<s>", eosToken: "</s>",
      extra: Dictionary(options.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
      now: now, timeZone: timeZone)
  }

  func cases() throws -> [Case] {
    try #require(document["snippets"]?.array).enumerated().map { index, entry in
      let source = try #require(entry["source"]?.string)
      return Case(source: source, result: entry, name: "\(index): \(source)")
    }
  }

  func render(snippet source: String) throws -> String {
    let variables = document["variables"]?.object ?? []
    return try ChatTemplate(source).render(
      variables: Dictionary(variables.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
      now: now, timeZone: timeZone)
  }
}
