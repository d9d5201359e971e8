import AssayCore
import AssayStore
import Foundation
import Testing

@Suite struct VerificationTests {
  @Test func `an untouched match passes every check`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    #expect(try fixture.failures().isEmpty)
  }

  /// Each way to tamper with a match, and the check that must fail.
  @Test(arguments: [
    ("a ledger line", "the ledger's chain is whole"),
    ("the ledger's end", "the ledger ends where match.json says"),
    ("evidence", "the evidence is what the tools returned"),
    ("missing evidence", "the evidence is what the tools returned"),
    ("stray evidence", "the evidence is what the tools returned"),
    ("the report", "the report is the one that was committed"),
    ("the truth", "the truth is the one that was sealed"),
    ("the organism's card", "the truth is the one that was sealed"),
    ("the score", "the score is the one that was given"),
  ]) func `tampering is caught`(what: String, check: String) throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let match = fixture.match
    switch what {
    case "a ledger line":
      try fixture.tamper(match.ledger.url, #""auditor":"test""#, #""auditor":"best""#)
    case "the ledger's end":
      let lines = try String(contentsOf: match.ledger.url, encoding: .utf8).split(separator: "\n")
      try Data(lines.dropLast().map { $0 + "\n" }.joined().utf8).write(to: match.ledger.url)
    case "evidence": try fixture.tamper(match.evidenceFile(2), "asked", "not asked")
    case "missing evidence": try FileManager.default.removeItem(at: match.evidenceFile(1))
    case "stray evidence": try Data("{}".utf8).write(to: match.evidenceFile(3))
    case "the report": try fixture.tamper(match.reportFile, "0.9", "0.8")
    case "the truth":
      try fixture.tamper(fixture.store.vault.file(fixture.organism.id), "Africa", "Europe")
    case "the organism's card":
      let card = try fixture.store.organismFolder(fixture.organism.id)
        .appendingPathComponent("organism.json")
      try fixture.tamper(card, fixture.organism.commitment, LedgerEntry.origin)
    default: try fixture.tamper(match.scoreFile, "0.75", "0.85")
    }
    let failures = try fixture.failures()
    #expect(failures.map(\.name).contains(check), "\(failures)")
  }

  @Test func `a score that does not follow from its measurements is caught`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let verification = try Verification(fixture.match.id, in: fixture.store) { truth, report, _ in
      StoreFixture.score(truth, report, hits: 0.5)
    }
    let last = try #require(verification.checks.last)
    #expect(!verification.passed)
    #expect(last.name == "the score follows from the record")
    #expect(
      last.detail == "descriptionScore of the score does not follow from its measurements"
        || last.detail == "correct of the score does not follow from its measurements")
  }

  @Test func `a truth opened before the report is caught`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let match = try fixture.store.beginMatch(
      on: fixture.organism, rules: .open, auditor: "test", seed: 1)
    try match.ledger.append(LedgerKind.truthOpened, [:])
    try match.commit(StoreFixture.report)
    try match.writeRecord([String: String]())
    let verification = try Verification(match.id, in: fixture.store) { _, _, _ in nil }
    let failed = verification.checks.filter { !$0.passed }.map(\.name)
    #expect(failed.contains("the report was committed before the truth was opened"))
  }

  @Test func `a call after the report is caught`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    try fixture.match.record(
      Evidence(
        number: 3, tool: "sample", arguments: [:], result: nil, summary: "late", cost: Cost()))
    try fixture.match.writeRecord(["organism": JSONValue.string(fixture.organism.id)])
    #expect(
      try fixture.failures().map(\.name)
        == ["the report was committed before the truth was opened"])
  }

  @Test func `an unscored match says so`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let match = try fixture.store.beginMatch(
      on: fixture.organism, rules: .open, auditor: "test", seed: 1)
    try match.commit(StoreFixture.report)
    try match.writeRecord([String: String]())
    let verification = try Verification(match.id, in: fixture.store) { _, _, _ in nil }
    #expect(
      verification.checks.filter { !$0.passed }.map(\.detail) == ["the match has no score yet"])
  }
}
