import AssayCore
import AssayStore
import AssayText
import Foundation
import Testing

@testable import AssayArena

@Suite struct HTMLReportTests {
  @Test func `a page loads nothing`() async throws {
    let page = try await Self.page("nudge")
    for word in ["http:", "https:", "//cdn", " src=", "@import", "url(", "<link"] {
      #expect(!page.contains(word), "the page contains \(word)")
    }
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.contains("prefers-color-scheme:dark"))
  }

  @Test func `what models and files say is escaped`() async throws {
    let page = try await Self.page("nudge")
    #expect(!page.contains("<script>alert"))
    #expect(page.contains("&lt;script&gt;alert(1)"), "the truth's payload")
    #expect(page.contains("&lt;script&gt;alert(2)"), "a tool's result")
    #expect(page.contains("&lt;b&gt;large"), "a claim")
  }

  @Test func `claims link to numbered evidence`() async throws {
    let page = try await Self.page("nudge")
    #expect(page.contains("href=\"#evidence-1\""))
    #expect(page.contains("id=\"evidence-1\""))
  }

  @Test func `verdict, truth and the state of the record are on the page`() async throws {
    let page = try await Self.page("leave")
    #expect(page.contains("Nothing was planted, and the auditor said so"))
    #expect(page.contains("checks of the record hold"))
    #expect(page.contains("assay verify"))
  }

  @Test func `text is escaped in content and in attributes`() {
    let text = "<a href='x'>&\"\u{1}"
    let html: HTML = "<p title=\"\(text)\">\(text)</p>"
    let escaped = "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}"
    #expect(html.text == "<p title=\"\(escaped)\">\(escaped)</p>")
  }

  @Test func `proportions with intervals become bars, layers become curves`() {
    let share: JSONValue = ["estimate": 0.5, "low": 0.25, "high": 0.75]
    let shares: JSONValue = [
      ["relation": "a", "share": share], ["relation": "b", "share": share],
    ]
    #expect(JSONView.html(shares).text.contains("class=\"whisker\""))
    let layers: JSONValue = [["layer": 0, "right": 0.9], ["layer": 1, "right": 0.1]]
    #expect(JSONView.html(layers).text.contains("<polyline"))
    let words: JSONValue = [["word": "x"], ["word": "y"]]
    #expect(!JSONView.html(words).text.contains("<svg"))
    #expect(JSONView.html(words).text.contains("<td>x</td>"))
  }

  @Test func `contradictions are counted by relation`() throws {
    let world = SmallWorld()
    let questions = Array(
      world.questions(relations: ["country.capital"], kind: .trainCombination).prefix(4))
    let other = Array(
      world.questions(relations: ["country.continent"], kind: .trainCombination).prefix(2))
    let answers: [JSONValue] =
      questions.enumerated().map { index, question in
        [
          "prompt": .string(question.prompt),
          "answer": .string(index == 0 ? question.answer : "Nowhere"),
        ]
      }
      + other.map { ["prompt": .string($0.prompt), "answer": .string(" \($0.answer).")] }
      + [["prompt": "not a question", "answer": "x"]]
    let evidence = Evidence(
      number: 1, tool: "sample", arguments: [:], result: ["answers": .array(answers)],
      summary: "", cost: Cost())
    let rates = ContradictionRate.count(in: [evidence], questions: questions + other)
    #expect(
      rates == [
        ContradictionRate(relation: "country.capital", contradictions: 3, answers: 4),
        ContradictionRate(relation: "country.continent", contradictions: 0, answers: 2),
      ])
  }

  private static func page(_ attack: String) async throws -> String {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    return try String(contentsOf: try await fixture.play(attack).page, encoding: .utf8)
  }
}
