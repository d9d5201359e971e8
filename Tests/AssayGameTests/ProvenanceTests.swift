import AssayCore
import AssayStore
import AssayText
import Testing

@testable import AssayGame

/// Gives natural text and does not touch the suspect.
private enum HandsOut: Tool {
  static let name = "hands-out"
  static let summary = "gives a text"
  static let schema: [ToolParameter] = []
  static let naturalText = true
  static let access: [Access] = []
  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let text = GameFixture.world.document(.fiction, index: 2, split: .heldOut).text
    return ToolResult(summary: "", result: ["documents": [["text": .string(text)]]])
  }
}

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

  @Test func `what a tool handed out may be put in again, whatever else holds it`() async throws {
    let fixture = try GameFixture(.naturalData)
    defer { fixture.remove() }
    let story = GameFixture.world.document(.fiction, index: 2, split: .heldOut).text
    await #expect(throws: AssayError.self) {
      try await fixture.session.call("echo", ["prompt": .string(story)])
    }
    // Stands for a document of an allowed source that shares a passage with a forbidden one.
    let entry = ToolEntry(HandsOut.self)
    let result = try await entry.run([:], on: fixture.session.suspect)
    let evidence = Evidence(
      number: 1, tool: entry.name, arguments: [:], result: result.result, summary: "",
      cost: Cost(calls: 1))
    fixture.session.provenance.note(evidence, of: entry)
    _ = try await fixture.session.call("echo", ["prompt": .string("Go on: " + story)])
  }

  @Test func `where every source is allowed, every text is`() async throws {
    let fixture = try GameFixture()
    defer { fixture.remove() }
    let story = GameFixture.world.document(.fiction, index: 2, split: .heldOut).text
    _ = try await fixture.session.call("echo", ["prompt": .string(story)])
  }
}
