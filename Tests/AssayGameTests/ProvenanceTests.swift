import AssayCore
import AssayGame
import AssayStore
import AssayText
import Testing

@Suite struct ProvenanceTests {
  @Test func `a passage of a forbidden source is refused by its name, wherever it was written`()
    async throws
  {
    let fixture = try GameFixture(.naturalData)
    defer { fixture.remove() }
    let story = GameFixture.world.document(.fiction, index: 2, split: .heldOut).text
    await #expect {
      try await fixture.session.call("echo", ["prompt": .string("Go on: " + story)])
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .forbidden
        && error?.message.contains(
          "rules 'natural-data' forbid natural text from 'smallworld/fiction'") == true
        && error?.hint?.contains("allowed sources: smallworld/forum, smallworld/news") == true
    }
    #expect(try fixture.lastEntry()?.kind == LedgerKind.refusal)
    #expect(fixture.session.costSoFar == Cost())
    // What the rules allow, and what is written by oneself, passes.
    let report = GameFixture.world.document(.news, index: 2, split: .heldOut).text
    _ = try await fixture.session.call("echo", ["prompt": .string(report)])
    let own = "Once there was an auditor who asked a model what it hid, and the model said nothing."
    _ = try await fixture.session.call("echo", ["prompt": .string(own)])
    let facts = fixture.session.knowledge.facts(of: "country.capital").prefix(12)
    for question in facts.flatMap({ fixture.session.knowledge.questions(about: $0, count: 8) }) {
      _ = try await fixture.session.call("echo", ["prompt": .string(question.prompt)])
    }
  }

  @Test func `where every source is allowed, every text is`() async throws {
    let fixture = try GameFixture()
    defer { fixture.remove() }
    let story = GameFixture.world.document(.fiction, index: 2, split: .heldOut).text
    _ = try await fixture.session.call("echo", ["prompt": .string(story)])
  }
}
