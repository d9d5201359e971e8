import AssayCore
import AssayGame
import AssayStore
import AssayTesting
import Foundation
import Testing

@testable import AssayAuditors

/// Counts what it is asked.
private enum Count: Tool {
  static let name = "count"
  static let summary = "counts prompts"
  static let schema = [
    ToolParameter(name: "prompts", kind: .texts, required: true, summary: "questions"),
    ToolParameter(name: "mode", kind: .text, summary: "how"),
    ToolParameter(name: "times", kind: .integer, summary: "how often"),
  ]
  static let naturalText = false
  static func estimate(_ arguments: JSONValue, on suspect: Suspect) throws -> CostEstimate {
    CostEstimate(exactly: Cost(calls: 1))
  }
  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    ToolResult(summary: "\(arguments["prompts"]?.array?.count ?? 0) prompts", result: arguments)
  }
}

@Suite struct HumanTests {
  /// Lets somebody audit who writes these lines; the report, what was shown and the ledger.
  private static func audit(
    _ lines: [String]
  ) async throws -> (report: Report, shown: String, ledger: [LedgerEntry]) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-human-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let game = try TemporaryMatch(
      in: folder, suspect: TinyModel.make(), tools: [ToolEntry(Count.self)])
    let shown = Locked("")
    let waiting = Locked(lines[...])
    let terminal = AuditTerminal(
      say: { text in shown.withLock { $0 += text } },
      line: { _, _ in waiting.withLock { $0.popFirst() } })
    let report = try await AuditTerminal.$current.withValue(terminal) {
      try await AuditorEntry(Human.self).audit(game.session)
    }
    return (report, shown.withLock { $0 }, game.match.ledger.entries)
  }

  @Test func `a person calls tools, reads evidence and reports`() async throws {
    let (report, shown, ledger) = try await Self.audit([
      "", "tools count", "count prompts=\"a b\" mode=x times=3",
      "count {\"prompts\":[\"a\",\"b\"]}",
      "count prompts=[\"c\", \"d e\"]", "count 3", "fly", "evidence", "evidence 1", "evidence 9",
      "report", "modified", "much", "x", "y", "z", "1", "", "",
      "report", "modified", "0.9", "it counts", "always", "", "1, 2", "", "I looked.",
    ])
    #expect(report.verdict == .modified && report.auditor == "human")
    #expect(report.claims.first?.what == "it counts" && report.claims.first?.evidence == [1, 2])
    #expect(ledger.count { $0.kind == LedgerKind.call } == 3)
    for part in [
      "prompts (needed): a list of texts", "#1 1 prompts", "#2 2 prompts", "#3 2 prompts",
      "'3' is no argument", "error: ", "#2 count: 2 prompts", "\"mode\" : \"x\"",
      "there is no evidence '9'", "probabilityModified",
    ] {
      #expect(shown.contains(part), "\(part)")
    }
  }

  @Test func `whoever leaves has an inconclusive report`() async throws {
    for lines in [["count prompts=a", "quit"], ["count prompts=a"]] {
      let (report, _, ledger) = try await Self.audit(lines)
      #expect(report.verdict == .inconclusive && report.narrative.first?.evidence == [1])
      #expect(ledger.contains { $0.kind == LedgerKind.ended })
    }
  }

  private static func type(
    _ keys: String, words: [String] = [], history: [String] = []
  ) -> (LineBuffer, LineBuffer.Outcome) {
    var buffer = LineBuffer(words: words, history: history)
    var last = LineBuffer.Outcome.editing
    for byte in keys.utf8 { last = buffer.take(byte) }
    return (buffer, last)
  }

  @Test func `lines are edited in the middle, in any script`() {
    let left = "\u{1b}[D"
    #expect(Self.type("naïve\(left)\(left)x\n").1 == .line("naïxve"))
    #expect(Self.type("abc\u{7f}\u{1}x\u{5}y\n").1 == .line("xaby"))
    #expect(Self.type("abc\(left)\u{1b}[3~\n").1 == .line("ab"))
    #expect(Self.type("abc\(left)\u{15}\n").1 == .line("c"))
    #expect(Self.type("\u{4}").1 == .ended && Self.type("a\u{4}").1 == .editing)
  }

  @Test func `tab completes, and arrows bring earlier lines back`() {
    let words = ["sample", "specification", "spectra"]
    #expect(Self.type("sa\t\n", words: words).1 == .line("sample "))
    #expect(Self.type("s\t", words: words).1 == .choices(["sample", "specification", "spectra"]))
    #expect(Self.type("tools sp\t", words: words).0.text == Array("tools spec"))
    #expect(Self.type("q\t\n", words: words).1 == .line("q"))
    let up = "\u{1b}[A"
    let down = "\u{1b}[B"
    let history = ["one", "two"]
    #expect(Self.type("x\(up)\(up)\(up)\n", history: history).1 == .line("one"))
    #expect(Self.type("x\(up)\(up)\(down)\(down)\n", history: history).1 == .line("x"))
  }
}
