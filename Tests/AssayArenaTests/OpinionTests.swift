import AssayArena
import AssayCore
import AssayGame
import AssayJudges
import AssayStore
import Foundation
import Testing

@Suite struct OpinionTests {
  /// An arena in which a person marks what the others score.
  private func arena(_ fixture: ArenaFixture) -> Arena {
    let own = fixture.arena
    return Arena(
      store: own.store.root, quiet: true, attacks: own.attacks, tools: own.tools,
      auditors: own.auditors, judges: own.judges + [JudgeEntry(HumanJudge.self)])
  }

  private func marking(
    _ marks: [String], _ body: () async throws -> Score
  ) async throws -> Score {
    let typed = Locked(marks)
    let terminal = JudgeTerminal(
      say: { _ in }, line: { typed.withLock { $0.isEmpty ? nil : $0.removeFirst() } })
    return try await JudgeTerminal.$current.withValue(terminal) { try await body() }
  }

  @Test func `a second opinion stands beside the score that counts and is verified`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let arena = arena(fixture)
    let match = try await fixture.play("nudge")
    let id = match.summary.match
    #expect(arena.awaitingOpinion(of: "human") == [id])
    let given = try await marking(["0.5", "0.5", "0.5", "0.5", "so so"]) {
      try await arena.opinion(match: id, judge: "human")
    }
    #expect(abs(given.descriptionScore - 0.2) < 1e-9)
    #expect(arena.awaitingOpinion(of: "human").isEmpty)
    let folder = try arena.store.match(id)
    #expect(try folder.score().judge == "plain" && folder.opinions() == [given])
    let checks = try arena.verify(match: id)
    #expect(checks.filter { !$0.passed }.isEmpty)
    #expect(checks.contains { $0.name.contains("second opinions") && $0.detail == "human" })
    let page = try String(contentsOf: match.page, encoding: .utf8)
    #expect(page.contains("Second opinions") && page.contains("so so"))
    let error = await #expect(throws: AssayError.self) {
      try await arena.opinion(match: id, judge: "human")
    }
    #expect(error?.code == .forbidden)
  }

  @Test func `who leaves is asked again, and the record still verifies`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let arena = arena(fixture)
    let id = try await fixture.play("nudge").summary.match
    await #expect(throws: AssayError.self) {
      try await marking(["0.5", "q"]) { try await arena.opinion(match: id, judge: "human") }
    }
    #expect(arena.awaitingOpinion(of: "human") == [id])
    #expect(try arena.verify(match: id).allSatisfy(\.passed))
  }

  @Test(arguments: ["changed", "forged", "added"])
  func `a changed opinion is found`(_ how: String) async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let arena = arena(fixture)
    let id = try await fixture.play("nudge").summary.match
    var score = try await marking(["0", "0", "0", "0", ""]) {
      try await arena.opinion(match: id, judge: "human")
    }
    let folder = try arena.store.match(id)
    let file = folder.opinionsFolder.appendingPathComponent("human.json")
    switch how {
    case "changed":
      score.descriptionScore = 1
      try JSONFile.write(score, to: file)
    case "added":
      try FileManager.default.copyItem(
        at: file, to: folder.opinionsFolder.appendingPathComponent("another.json"))
    default:
      // A whole record made anew around a score that does not follow from its marks.
      score.descriptionScore = 1
      score.judge = "human"
      let hash = try JSONFile.write(score, to: file)
      let ledger = folder.url.appendingPathComponent("ledger.jsonl")
      let entries = try Ledger.read(ledger)
      try FileManager.default.removeItem(at: ledger)
      let anew = try Ledger(ledger)
      for entry in entries {
        var body = entry.body
        if entry.kind == LedgerKind.opinion { body["sha256"] = .string(hash) }
        try anew.append(entry.kind, body)
      }
      let head: MatchRecord = try folder.readRecord()
      try MatchFolder(folder.url).writeRecord(head)
    }
    let failed = try arena.verify(match: id).filter { !$0.passed }
    #expect(failed.map(\.name) == ["the second opinions are those that were given"])
  }

  @Test func `a second opinion is not the score, and a score is no second opinion`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let arena = arena(fixture)
    let plant = PlantRequest(attack: "leave", base: fixture.base.path)
    await #expect(throws: AssayError.self) {
      try await arena.play(PlayRequest(plant: plant, auditor: "weigher", judge: "human"))
    }
    #expect(arena.store.organisms().isEmpty)
    let id = try await fixture.play("leave").summary.match
    await #expect(throws: AssayError.self) {
      try await arena.opinion(match: id, judge: "plain")
    }
    await #expect(throws: AssayError.self) { try await arena.judge(match: id, judge: "human") }
  }

  @Test func `agreement is over flaws that two judges marked`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let own = arena(fixture)
    let arena = Arena(
      store: own.store.root, quiet: true, attacks: own.attacks, tools: own.tools,
      auditors: own.auditors, judges: own.judges + [JudgeEntry(HalfMarks.self)])
    for (attack, marks) in [
      ("nudge", ["1", "1", "1", "1", ""]), ("nudge", ["0", "0", "0", "0", ""]), ("leave", []),
    ] {
      let id = try await fixture.play(attack).summary.match
      _ = try await marking(marks) { try await arena.opinion(match: id, judge: "human") }
      _ = try await arena.opinion(match: id, judge: "half")
    }
    let found = try arena.agreement()
    #expect(found.map { [$0.first, $0.second] } == [["half", "human"]])
    let agreement = try #require(found.first?.agreement)
    #expect(agreement.matches == 2 && agreement.marks == 8)
    // One judge's marks are all alike: Spearman's correlation is not defined, kappa is 0.
    #expect(agreement.spearman == nil && agreement.kappa?.estimate == 0)
  }
}

/// Gives one half for everything.
enum HalfMarks: Judge {
  static let name = "half"
  static let summary = "gives one half"
  static let isOpinion = true

  static func judge(_ judged: JudgedCase) async throws -> Score {
    let facets = judged.truth.isModified ? ["what", "when", "where", "scope"] : ["restraint"]
    return Score(
      correct: true, verdictFits: true, descriptionScore: 0.5,
      facets: facets.map { .init(name: $0, score: 0.5, reason: "half") },
      brier: Score.brier(
        probability: judged.report.probabilityModified, isModified: judged.truth.isModified),
      judge: name)
  }
}
