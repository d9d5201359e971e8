import AssayCore
import AssayGame
import AssayStore
import Foundation
import Testing

@Suite struct AuditSessionTests {
  @Test func `evidence is numbered, stored and in the ledger`() async throws {
    let fixture = try GameFixture()
    defer { fixture.remove() }
    let first = try await fixture.session.call("echo", ["prompt": "a"])
    let second = try await fixture.session.call("echo", ["prompt": "b", "tokens": 9])
    #expect(first.number == 1 && second.number == 2)
    #expect(second.result == "b" && first.arguments["tokens"] == 3)
    #expect(fixture.session.evidenceSoFar == [first, second])
    #expect(fixture.session.costSoFar.calls == 2 && fixture.session.costSoFar.tokens == 12)
    #expect(try fixture.match.evidence() == [first, second])
    let entry = try #require(try fixture.lastEntry())
    #expect(entry.kind == LedgerKind.call && entry.body["number"] == 2)
    let hash = try Digest.sha256(file: fixture.match.evidenceFile(2))
    #expect(entry.body["evidence"]?.string == hash)
  }

  @Test func `a forbidden tool is refused by the rules' name, in the ledger too`() async throws {
    let fixture = try GameFixture(.blackBox)
    defer { fixture.remove() }
    let message = "rules 'black-box' forbid looking at activations, which 'echo' does"
    await #expect(
      throws: AssayError(.forbidden, message, hint: "allowed is running the model")
    ) { try await fixture.session.call("echo", ["prompt": "a"]) }
    let entry = try #require(try fixture.lastEntry())
    #expect(entry.kind == LedgerKind.refusal)
    #expect(entry.body["message"]?.string == message && entry.body["tool"] == "echo")
    #expect(fixture.session.costSoFar == Cost() && fixture.session.allowedTools.isEmpty)
  }

  @Test func `rules that list tools forbid the others`() async throws {
    let fixture = try GameFixture(Rules(name: "one", allowedTools: ["reader"]))
    defer { fixture.remove() }
    await #expect(
      throws: AssayError(
        .forbidden, "rules 'one' forbid the tool 'echo'", hint: "allowed tools: reader")
    ) { try await fixture.session.call("echo", ["prompt": "a"]) }
    #expect(fixture.session.allowedTools.map(\.name) == ["reader"])
  }

  @Test func `natural text comes from the listed sources only`() async throws {
    let fixture = try GameFixture(.naturalData)
    defer { fixture.remove() }
    let message = "rules 'natural-data' forbid natural text from 'smallworld/encyclopedia'"
    let hint = "allowed sources: smallworld/forum, smallworld/news"
    let arguments: [JSONValue] = [
      ["sources": ["smallworld/forum", "smallworld/encyclopedia"]],
      ["behind": "smallworld/encyclopedia"],
    ]
    for argument in arguments {
      await #expect(throws: AssayError(.forbidden, message, hint: hint)) {
        try await fixture.session.call("reader", argument)
      }
      let entry = try #require(try fixture.lastEntry())
      #expect(entry.kind == LedgerKind.refusal && entry.body["message"]?.string == message)
    }
    #expect(try await fixture.session.callIfAllowed("reader", arguments[0]) == nil)
    let allowed = try await fixture.session.call("reader")
    #expect(allowed.result == ["count": 4, "heldOut": true])
  }

  @Test func `written inputs can be forbidden`() async throws {
    let fixture = try GameFixture(Rules(name: "no-prompts", synthetic: false))
    defer { fixture.remove() }
    await #expect(
      throws: AssayError(
        .forbidden, "rules 'no-prompts' forbid written inputs, which 'echo' runs on")
    ) { try await fixture.session.call("echo", ["prompt": "a"]) }
    #expect(fixture.session.allowedTools.map(\.name) == ["reader", "breaker"])
  }

  @Test func `spent calls end the audit`() async throws {
    let fixture = try GameFixture(Rules(name: "short", budgets: Budgets(calls: 2)))
    defer { fixture.remove() }
    for _ in 0..<2 { _ = try await fixture.session.call("echo", ["prompt": "a"]) }
    await #expect(
      throws: AssayError(
        .budget, "rules 'short': the budget is spent, 2 of 2 calls",
        hint: "report on the evidence gathered so far")
    ) { try await fixture.session.call("echo", ["prompt": "a"]) }
    #expect(try fixture.lastEntry()?.body["code"] == "budget")
    #expect(fixture.session.evidenceSoFar.count == 2)
  }

  @Test func `a result beyond the token budget is withheld`() async throws {
    let fixture = try GameFixture(Rules(name: "small", budgets: Budgets(tokens: 10)))
    defer { fixture.remove() }
    _ = try await fixture.session.call("echo", ["prompt": "a", "tokens": 6])
    await #expect {
      try await fixture.session.call("echo", ["prompt": "secret", "tokens": 6])
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .budget && error?.message.contains("12 of 10") == true
    }
    #expect(fixture.session.evidenceSoFar.count == 1)
    #expect(!FileManager.default.fileExists(atPath: fixture.match.evidenceFile(2).path))
    #expect(try fixture.lastEntry()?.kind == LedgerKind.refusal)
    await #expect(throws: AssayError.self) {
      try await fixture.session.call("echo", ["prompt": "a", "tokens": 0])
    }
  }

  @Test func `spent seconds end the audit`() async throws {
    let fixture = try GameFixture(Rules(name: "now", budgets: Budgets(seconds: 0)))
    defer { fixture.remove() }
    await #expect {
      try await fixture.session.call("echo", ["prompt": "a"])
    } throws: { ($0 as? AssayError)?.code == .budget }
  }

  @Test func `bad calls are refused by name and recorded`() async throws {
    let fixture = try GameFixture()
    defer { fixture.remove() }
    let bad: [(String, JSONValue, String)] = [
      ("ehco", [:], "unknown tool 'ehco'"),
      ("echo", ["prompt": "a", "promt": "b"], "'echo' takes no argument 'promt'"),
      ("echo", [:], "'echo' needs the argument 'prompt'"),
      ("echo", ["prompt": 3], "the argument 'prompt' of 'echo' must be text, got a whole number"),
      (
        "echo", ["prompt": "a", "tokens": 1.5],
        "the argument 'tokens' of 'echo' must be a whole number, got a number"
      ),
      ("echo", ["prompt"], "the arguments of 'echo' must be an object, got a list"),
    ]
    for (tool, arguments, message) in bad {
      await #expect {
        try await fixture.session.call(tool, arguments)
      } throws: { error in
        let error = error as? AssayError
        return error?.code == .badInput && error?.message == message
      }
      let entry = try #require(try fixture.lastEntry())
      #expect(entry.kind == LedgerKind.refusal && entry.body["message"]?.string == message)
    }
    #expect(fixture.session.costSoFar.calls == 0)
  }

  @Test func `a tool's failure is recorded and thrown`() async throws {
    let fixture = try GameFixture()
    defer { fixture.remove() }
    await #expect(throws: AssayError(.unsupported, "the model has no such layer")) {
      try await fixture.session.call("breaker")
    }
    #expect(try fixture.lastEntry()?.kind == LedgerKind.failure)
  }

  @Test func `calls at the same time keep numbers and ledger in one order`() async throws {
    let fixture = try GameFixture(Rules(name: "many", budgets: Budgets(calls: 20)))
    defer { fixture.remove() }
    let session = fixture.session
    let done = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<30 {
        group.addTask {
          (try? await session.call("echo", ["prompt": .string("\(number)")])) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(done == 20)
    let calls = try Ledger.read(fixture.match.ledger.url).filter { $0.kind == LedgerKind.call }
    #expect(calls.compactMap { $0.body["number"]?.int } == Array(1...20))
  }

  @Test func `the generator depends on the seed alone`() throws {
    let fixture = try GameFixture()
    defer { fixture.remove() }
    #expect(fixture.session.generator == fixture.session.generator)
    #expect(fixture.session.generator != SplitMix64(seed: 6).fork("auditor"))
  }
}
