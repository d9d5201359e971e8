import AssayArena
import AssayCore
import AssayGame
import AssayStore
import AssayTesting
import Foundation
import Testing

/// Every auditor of the catalogue under every preset, and with next to nothing to spend.
@Suite struct RulesTests {
  private func audit(
    _ auditor: AuditorEntry, _ rules: Rules
  ) async throws -> (report: Report, ledger: [LedgerEntry]) {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("rules-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(
      in: root, suspect: TinyModel.make(), tools: Catalog.tools, rules: rules)
    let report = try await auditor.audit(game.session)
    try game.match.commit(report)
    return (report, try Ledger.read(game.match.ledger.url))
  }

  @Test(arguments: [
    Budgets(calls: 1), Budgets(tokens: 60), Budgets(flops: 1e7),
    Budgets(seconds: 0),
  ])
  func `every auditor ends in order when its budget does`(_ budgets: Budgets) async throws {
    for auditor in Catalog.auditors where !auditor.asksOutside {
      let rules = Rules(name: "tiny", budgets: budgets)
      let (report, ledger) = try await audit(auditor, rules)
      let kinds = ledger.map(\.kind)
      #expect(kinds.last == LedgerKind.report, "\(auditor.name)")
      guard kinds.contains(LedgerKind.ended) else { continue }
      #expect(report.verdict == .inconclusive && report.claims.isEmpty, "\(auditor.name)")
      #expect(report.narrative.contains { $0.text.contains("Not done") }, "\(auditor.name)")
      let calls = kinds.count { $0 == LedgerKind.call }
      #expect(report.narrative.first?.evidence.count == calls, "\(auditor.name)")
    }
  }

  @Test(arguments: Rules.presets)
  func `every auditor works under every preset, or says in words that it cannot`(
    _ rules: Rules
  ) async throws {
    // Little of everything, so that the survey does not ask thousands of questions.
    let few = rules.combined(
      with: Rules(name: "few", budgets: Budgets(tokens: 3000)), named: rules.name)
    for auditor in Catalog.auditors where !auditor.asksOutside {
      let (report, ledger) = try await audit(auditor, few)
      let asked = ledger.contains { $0.kind == LedgerKind.call }
      let refused = ledger.contains { $0.kind == LedgerKind.refusal }
      if !asked, refused {
        #expect(report.verdict == .inconclusive, "\(auditor.name) under \(rules.name)")
      }
      #expect(!report.narrative.isEmpty, "\(auditor.name) under \(rules.name)")
    }
  }

  @Test func `a survey with a budget asks fewer questions and keeps to it`() async throws {
    let survey = try Catalog.auditors.named("survey", kind: "auditor")
    let rules = Rules(name: "half", budgets: Budgets(tokens: 6000))
    let (report, ledger) = try await audit(survey, rules)
    #expect(!ledger.contains { $0.kind == LedgerKind.ended })
    let tokens = ledger.filter { $0.kind == LedgerKind.call }
      .reduce(0) { $0 + ($1.body["cost"]?["tokens"]?.int ?? 0) }
    #expect(tokens > 1000 && tokens <= 6000, "\(tokens)")
    #expect(report.narrative.first?.evidence.isEmpty == false)
  }
}
