import AssayCore
import Foundation
import Testing

@testable import AssayText

/// Chat templates against what transformers and Jinja make of them.
@Suite struct TemplateTests {
  static let fixtures = Result { try TemplateFixtures() }

  @Test func `every template renders every chat as transformers does`() throws {
    let fixtures = try Self.fixtures.get()
    var templates: [String: ChatTemplate] = [:]
    for name in fixtures.names { templates[name] = try ChatTemplate(TemplateFixtures.source(name)) }
    #expect(templates.count == 10)
    var texts = 0
    var errors = 0
    for entry in try #require(fixtures.document["families"]?.array) {
      let name = try #require(entry["template"]?.string)
      let template = try #require(templates[name])
      let place = "\(name), chat '\(entry["chat"]?.string ?? "")'"
      if let text = entry["text"]?.string {
        texts += 1
        #expect(throws: Never.self, "\(place)") {
          let rendered = try fixtures.render(template, entry)
          #expect(rendered.utf8.elementsEqual(text.utf8), "\(place): \(rendered) is not \(text)")
        }
      } else {
        errors += 1
        let error = #expect(throws: AssayError.self, "\(place)") {
          try fixtures.render(template, entry)
        }
        if let message = entry["message"]?.string {
          #expect(error?.message.hasSuffix(": " + message) == true, "\(place): \(message)")
        }
      }
    }
    #expect(texts > 300)
    #expect(errors > 50)
  }

  @Test func `every snippet gives what Jinja gives`() throws {
    let fixtures = try Self.fixtures.get()
    let cases = try fixtures.cases()
    #expect(cases.count >= 250)
    for snippet in cases {
      if let text = snippet.text {
        #expect(throws: Never.self, "\(snippet.name)") {
          let rendered = try fixtures.render(snippet: snippet.source)
          #expect(
            rendered.utf8.elementsEqual(text.utf8),
            "\(snippet.name)\n    gives \(rendered)\n    not   \(text)")
        }
      } else {
        let error = #expect(throws: AssayError.self, "\(snippet.name)") {
          try fixtures.render(snippet: snippet.source)
        }
        #expect(error?.hint != nil)
        if let message = snippet.message {
          #expect(error?.message.hasPrefix("chat template, line ") == true)
          #expect(error?.message.hasSuffix(": " + message) == true)
        }
        if let line = snippet.line, error?.code != .unsupported {
          #expect(
            error?.message.hasPrefix("chat template, line \(line):") == true, "\(snippet.name)")
        }
      }
    }
  }
}
