import AssayCore
import AssayStore
import Foundation
import Testing

@Suite struct StoreIndexTests {
  private static let tables = ["organisms", "matches", "scores", "evidence"]

  private func dump(_ index: StoreIndex) throws -> [[String]] {
    try Self.tables.map { try index.dump($0) }
  }

  @Test func `a rebuilt index holds what the one grown match by match held`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let index = try fixture.store.index()
    let second = try fixture.store.beginMatch(
      on: fixture.organism, rules: .open, auditor: "other", seed: 4)
    try second.commit(StoreFixture.report.with(evidence: []))
    try index.add(match: second.id)
    try index.refresh()
    let grown = try dump(index)
    #expect(grown.map(\.count) == [1, 2, 1, 2])
    #expect(grown[2][0].contains("0.75") && grown[0][0].contains("false-facts"))
    #expect(try index.rebuild() == index.counts())
    #expect(try dump(index) == grown)
  }

  @Test func `operations stand beside the other costs`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let index = try fixture.store.index()
    let match = try fixture.store.beginMatch(
      on: fixture.organism, rules: .open, auditor: "other", seed: 4)
    try match.record(
      Evidence(
        number: 1, tool: "sample", arguments: [:], result: [:], summary: "asked",
        cost: Cost(calls: 1, tokens: 7, flops: 3e9)))
    try match.commit(StoreFixture.report.with(evidence: [1]))
    try index.add(match: match.id)
    for table in ["matches", "evidence"] {
      #expect(try index.dump(table).contains { $0.contains("flops=3000000000.0") }, "\(table)")
    }
  }

  @Test func `deleting the index loses nothing`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let before = try dump(fixture.store.index())
    try FileManager.default.removeItem(at: fixture.store.indexFile)
    #expect(try dump(fixture.store.index()) == before)
    #expect(before.map(\.count) == [1, 1, 1, 2])
  }

  @Test func `a damaged index is made again`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    try FileManager.default.createDirectory(
      at: fixture.store.root, withIntermediateDirectories: true)
    try Data(repeating: 7, count: 5000).write(to: fixture.store.indexFile)
    #expect(try fixture.store.index().counts().scores == 1)
  }

  @Test func `an organism whose truth is sealed says only what its card says`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let (id, _) = try fixture.store.makeOrganism()
    try fixture.store.publish(
      id, family: "LlamaForCausalLM",
      specification: Specification(id: "s", title: "t", clauses: []), truth: StoreFixture.truth)
    let index = try fixture.store.index()
    try index.refresh()
    let row = try #require(try index.dump("organisms").first { $0.contains(id) })
    #expect(!row.contains("false-facts"))
  }

  @Test func `matches that are gone are gone from the index too`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let index = try fixture.store.index()
    try fixture.store.removeMatch(fixture.match.id)
    try index.refresh()
    #expect(try dump(index).map(\.count) == [1, 0, 0, 0])
    let refreshed = try dump(index)
    try index.rebuild()
    #expect(try dump(index) == refreshed)
  }

  @Test func `the leaderboard counts detections and false alarms`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let row = try #require(try fixture.store.index().leaderboard().first)
    #expect(row.auditor == "test" && row.rules == "open" && row.matches == 1)
    #expect(row.flawed == 1 && row.detected == 1 && row.falseAlarms == 0)
    #expect(row.description == 0.75)
  }
}

extension Report {
  /// The same report that cites other evidence.
  fileprivate func with(evidence: [Int]) -> Report {
    var copy = self
    copy.claims = claims.map { claim in
      var claim = claim
      claim.evidence = evidence
      return claim
    }
    copy.narrative = []
    return copy
  }
}
