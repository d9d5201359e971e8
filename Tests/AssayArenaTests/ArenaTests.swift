import AssayArena
import AssayCore
import AssayStore
import Foundation
import Testing

@Suite struct ArenaTests {
  @Test func `a planted flaw is audited, judged and verified`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("nudge", options: ["by": 7])
    #expect(match.summary.attack == "nudge" && match.summary.verdict == .modified)
    #expect(match.summary.correct && match.summary.descriptionScore == 1)
    #expect(match.summary.costs.calls == 1 && match.summary.costs.weightReads == 1)
    #expect(match.summary.seconds.plant > 0 && match.summary.seconds.audit > 0)
    #expect(match.truth.options["by"] == 7)
    let checks = try fixture.arena.verify(match: match.summary.match)
    #expect(checks.count >= 8 && checks.allSatisfy(\.passed))
    #expect(try fixture.arena.verify(match: match.directory.path) == checks)
    #expect(FileManager.default.fileExists(atPath: match.page.path))
  }

  @Test func `a control is played through the same door`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("leave")
    #expect(match.summary.verdict == .clean && match.summary.correct)
    #expect(!match.truth.isModified)
  }

  @Test func `the report is committed before the truth is opened`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("nudge")
    let kinds = try Ledger.read(match.directory.appendingPathComponent("ledger.jsonl")).map(\.kind)
    #expect(
      kinds == [
        LedgerKind.start, LedgerKind.call, LedgerKind.report, LedgerKind.truthOpened,
        LedgerKind.score,
      ])
  }

  @Test func `an audit needs neither vault nor base, and its record does not name the attack`()
    async throws
  {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let planted = try await fixture.arena.plant(
      PlantRequest(attack: "nudge", base: fixture.base.path))
    let files = FileManager.default
    let vault = fixture.arena.store.vault.folder
    let away = fixture.folder.appendingPathComponent("away")
    try files.moveItem(at: vault, to: away)
    try files.removeItem(at: fixture.base)
    let audited = try await fixture.arena.audit(
      organism: planted.directory, AuditRequest(auditor: "weigher"))
    #expect(audited.report.verdict == .modified)
    for name in ["match.json", "ledger.jsonl", "report.json"] {
      let text = try String(
        contentsOf: audited.directory.appendingPathComponent(name), encoding: .utf8)
      #expect(!text.contains("nudge"))
    }
    // Judging needs both again, and says so.
    await #expect(throws: AssayError.self) {
      try await fixture.arena.judge(match: audited.record.id, judge: "plain")
    }
    try files.moveItem(at: away, to: vault)
    let missing = await #expect(throws: AssayError.self) {
      try await fixture.arena.judge(match: audited.record.id, judge: "plain")
    }
    #expect(missing?.hint?.contains("--base") == true)
  }

  @Test func `a match is judged once`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("leave")
    let error = await #expect(throws: AssayError.self) {
      try await fixture.arena.judge(match: match.summary.match, judge: "plain")
    }
    #expect(error?.code == .forbidden)
    #expect(try fixture.arena.verify(match: match.summary.match).allSatisfy(\.passed))
  }

  @Test(arguments: [
    "ledger.jsonl", "report.json", "score.json", "evidence/001.json", "match.json",
  ])
  func `a changed record is found`(_ file: String) async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("nudge")
    let url = match.directory.appendingPathComponent(file)
    let text = try String(contentsOf: url, encoding: .utf8)
    // One hexadecimal digit or one word: whatever the file holds first.
    let changed =
      file == "match.json"
      ? text.replacing(/"finalHash" ?: "[0-9a-f]/, with: "\"finalHash\" : \"x")
      : text.replacing("0", with: "1", maxReplacements: 1)
    #expect(changed != text)
    try Data(changed.utf8).write(to: url)
    #expect(try !fixture.arena.verify(match: match.summary.match).allSatisfy(\.passed))
  }

  @Test func `an exchanged truth is found`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("nudge")
    let organism: MatchRecord = try JSONFile.read(
      from: match.directory.appendingPathComponent("match.json"))
    var truth = match.truth
    truth.description = "Nothing was planted."
    try JSONFile.write(truth, to: fixture.arena.store.vault.file(organism.organism))
    let failed = try fixture.arena.verify(match: match.summary.match).filter { !$0.passed }
    #expect(failed.map(\.name).contains("the truth is the one that was sealed"))
  }

  @Test func `unknown names are refused before anything is planted`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let plant = PlantRequest(attack: "nudge", base: fixture.base.path)
    let requests = [
      PlayRequest(plant: plant, auditor: "nobody", judge: "plain"),
      PlayRequest(plant: plant, auditor: "weigher", judge: "nobody"),
      PlayRequest(plant: plant, auditor: "weigher", rules: "none", judge: "plain"),
      PlayRequest(
        plant: PlantRequest(attack: "none", base: fixture.base.path), auditor: "weigher",
        judge: "plain"),
      PlayRequest(
        plant: PlantRequest(attack: "nudge", base: fixture.base.path, options: ["to": 1]),
        auditor: "weigher", judge: "plain"),
      PlayRequest(
        plant: PlantRequest(attack: "nudge", base: "no-such-model"), auditor: "weigher",
        judge: "plain"),
    ]
    for request in requests {
      await #expect(throws: AssayError.self) { try await fixture.arena.play(request) }
    }
    #expect(fixture.arena.store.organisms().isEmpty)
  }

  @Test func `the auditor's seed does not give away the attack's`() {
    let plant = PlantRequest(attack: "nudge", base: "b", seed: 11)
    let audit = PlayRequest(plant: plant).audit
    #expect(audit.seed != 11 && audit == PlayRequest(plant: plant).audit)
    var other = plant
    other.seed = 12
    #expect(PlayRequest(plant: other).audit.seed != audit.seed)
  }

  @Test func `a summary has the names that scripts rely on`() throws {
    let summary = MatchSummary(
      match: "m", attack: "a", verdict: .clean, probabilityModified: 0.25, correct: true,
      descriptionScore: 1, costs: Cost(calls: 1), seconds: .init(plant: 1, audit: 2, judge: 3))
    let json = try CanonicalJSON.value(summary)
    let names: Set = [
      "match", "attack", "verdict", "probabilityModified", "correct", "descriptionScore", "costs",
      "seconds",
    ]
    #expect(Set((json.object ?? [:]).keys) == names)
    #expect(json["verdict"] == "clean" && json["seconds"]?["judge"] == 3)
  }
}
