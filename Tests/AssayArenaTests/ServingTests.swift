import AssayCore
import AssayStore
import Foundation
import Testing

@testable import AssayArena

@Suite struct ServingTests {
  /// Serves one client that says `lines` and leaves.
  private func serve(
    _ fixture: ArenaFixture, _ lines: [String],
    by serving: (Int32, Int32) async throws -> AuditedMatch?
  ) async throws -> (match: AuditedMatch?, replies: [JSONValue]) {
    let asked = fixture.folder.appendingPathComponent("asked")
    let answered = fixture.folder.appendingPathComponent("answered")
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: asked)
    try Data().write(to: answered)
    let input = try FileHandle(forReadingFrom: asked)
    let output = try FileHandle(forWritingTo: answered)
    let match = try await serving(input.fileDescriptor, output.fileDescriptor)
    try input.close()
    try output.close()
    let replies = try Data(contentsOf: answered).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(JSONValue.self, from: Data($0))
    }
    return (match, replies)
  }

  @Test
  func `a client's match can be left, gone on with and judged, and what was spent stays spent`()
    async throws
  {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let arena = fixture.arena
    let planted = try await arena.plant(PlantRequest(attack: "nudge", base: fixture.base.path))
    let rules = fixture.folder.appendingPathComponent("rules.yaml")
    try Data("name: three-calls\nbudgets: {calls: 3}\n".utf8).write(to: rules)
    let request = AuditRequest(auditor: "mcp", rules: rules.path, seed: 9)
    // Who only looks leaves nothing behind.
    let looked = try await serve(fixture, [ServedAudit.request(1, "tools/list")]) {
      try await arena.serve(
        organism: planted.directory, request, limits: OutsideLimits(), input: $0, output: $1)
    }
    #expect(looked.match == nil && looked.replies.count == 1 && arena.store.matches().isEmpty)
    let left = try await serve(
      fixture, [ServedAudit.call(1, "weigh"), ServedAudit.call(2, "weigh")]
    ) {
      try await arena.serve(
        organism: planted.directory, request, limits: OutsideLimits(), input: $0, output: $1)
    }
    #expect(left.match == nil && left.replies.count == 2)
    let id = try #require(arena.store.matches().first)
    let done = try await serve(
      fixture,
      [
        ServedAudit.call(1, "budget"), ServedAudit.call(2, "weigh"), ServedAudit.call(3, "weigh"),
        ServedAudit.call(4, "submit_report", ServedAudit.report),
      ]
    ) {
      try await arena.serve(match: id, limits: OutsideLimits(), input: $0, output: $1)
    }
    let budget = done.replies[0]["result"]?["structuredContent"]?["calls"]
    #expect(budget == ["spent": 2, "limit": 3, "left": 1])
    #expect(done.replies[1]["result"]?["structuredContent"]?["number"] == 3)
    #expect(done.replies[2]["result"]?["isError"] == true)
    let match = try #require(done.match)
    #expect(match.record.rules.name == "three-calls" && match.record.seed == "9")
    #expect(match.report.auditor == "mcp" && match.record.cost.calls == 3)
    let judged = try await arena.judge(match: id, judge: "plain")
    #expect(judged.summary.correct && judged.summary.costs.calls == 3)
    #expect(try arena.verify(match: id).allSatisfy(\.passed))
    // A match that is over is not served again.
    await #expect(throws: AssayError.self) {
      try await arena.serve(match: id, limits: OutsideLimits(), input: 0, output: 1)
    }
  }

  @Test func `a match of another auditor is not served`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let match = try await fixture.play("leave")
    let error = await #expect(throws: AssayError.self) {
      try await fixture.arena.serve(
        match: match.summary.match, limits: OutsideLimits(), input: 0, output: 1)
    }
    #expect(error?.code == .forbidden)
  }

  @Test func `a served match whose time is over is inconclusive`() async throws {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let planted = try await fixture.arena.plant(
      PlantRequest(attack: "leave", base: fixture.base.path))
    let served = try await serve(fixture, []) {
      try await fixture.arena.serve(
        organism: planted.directory, AuditRequest(auditor: "mcp"),
        limits: OutsideLimits(seconds: 0), input: $0, output: $1)
    }
    #expect(served.match?.report.verdict == .inconclusive)
  }
}
