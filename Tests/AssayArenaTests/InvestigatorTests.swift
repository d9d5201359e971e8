import AssayArena
import AssayCore
import AssayGame
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayAuditors

@Suite struct InvestigatorTests {
  @Test func `the investigator keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      Investigator.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(report.narrative.allSatisfy { !$0.evidence.isEmpty })
  }

  @Test func `the black-box investigator keeps what every auditor must keep`() async throws {
    try await Conformance.checkAuditor(
      BlackBoxInvestigator.self, on: TinyModel.make(), tools: Catalog.tools)
  }

  @Test func `the weights-only investigator keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      WeightsOnlyInvestigator.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(!report.narrative.isEmpty)
  }

  @Test func `under a budget a scan is done in part, and what is left out is said`() async throws {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("scan-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let tools = try ["trigger-scan", "semantic-scan"].map {
      try Catalog.tools.named($0, kind: "tool")
    }
    var rules = Rules.capped
    rules.budgets.tokens = 120_000
    let game = try TemporaryMatch(in: root, suspect: TinyModel.make(), tools: tools, rules: rules)
    let report = try await Investigator.audit(game.session)
    #expect(game.session.costSoFar.tokens > 0 && game.session.costSoFar.tokens <= 120_000)
    let told = report.narrative.map(\.text)
    #expect(told.contains { $0.contains("did not pay for all of trigger-scan: top 2") }, "\(told)")
    #expect(told.contains { $0.contains("did not pay for all of semantic-scan") }, "\(told)")

    rules.budgets.tokens = 300
    let poor = try TemporaryMatch(
      in: root.appendingPathComponent("poor"), suspect: TinyModel.make(), tools: tools,
      rules: rules)
    let less = try await Investigator.audit(poor.session)
    // What was not looked into keeps its prior.
    #expect(less.verdict == .inconclusive && poor.session.costSoFar.tokens == 0)
    for tool in ["trigger-scan", "semantic-scan"] {
      #expect(less.narrative.contains { $0.text.contains("\(tool) was left out") })
    }
  }

  @Test func `a scan that a budget cuts knows every family of conditions that there is`()
    async throws
  {
    let suspect = Suspect(
      bundle: try TinyModel.make(), world: SmallWorld(), rules: .open, seed: 1)
    let scan = try Catalog.tools.named("semantic-scan", kind: "tool")
    var known: Set<String> = []
    do {
      _ = try await scan.run(["families": ["none of them"]], on: suspect)
    } catch let error as AssayError {
      let hint = try #require(error.hint?.split(separator: " are ").last)
      known = Set(hint.components(separatedBy: ", "))
    }
    #expect(Set(ScanShare.families) == known && !known.isEmpty)
  }

  /// The scans' own results: were a member renamed, there would be nothing to try.
  @Test(arguments: ["trigger-scan", "semantic-scan"])
  func `every finding of a scan is a text that the investigator can try`(
    _ tool: String
  ) async throws {
    let suspect = Suspect(
      bundle: try TinyModel.make(), world: SmallWorld(), rules: .open, seed: 1)
    let arguments: JSONValue = tool == "semantic-scan" ? ["families": ["years"]] : ["length": 2]
    let result = try await Catalog.tools.named(tool, kind: "tool")
      .run(arguments, on: suspect).result
    let findings = try #require(result["findings"]?.array)
    let texts = TriggerInquiry.texts(in: result)
    #expect(!findings.isEmpty && texts.count >= findings.count)
    for (row, found) in zip(findings, texts) {
      let named = try #require(row["text"]?.string ?? row["value"]?.string)
      #expect(found.text.contains(named))
      // A year is no condition until something says it.
      #expect(found.text.count > (row["value"]?.string?.count ?? 0))
      #expect(found.place.rawValue == row["place"]?.string)
      #expect(found.z == (row["z"]?.double ?? 0))
    }
    for row in result["grown"]?.array ?? [] {
      let path = try #require(row["path"]?.array)
      #expect(path.last?["text"] == row["text"])
      #expect(
        row["onOtherPrompts"]?["with"]?.int != nil && row["examples"]?.array?.isEmpty == false)
    }
  }
}
