import AssayCore
import AssayGame
import AssayStore
import Foundation
import Testing

@testable import AssayArena

@Suite struct AuditServerTests {
  private func initialize(_ version: String) -> String {
    ServedAudit.line([
      "jsonrpc": "2.0", "id": 0, "method": "initialize",
      "params": [
        "protocolVersion": .string(version), "capabilities": [:],
        "clientInfo": ["name": "an older test", "version": "1"],
      ],
    ])
  }

  // MARK: The protocol

  @Test(arguments: [
    ("2025-06-18", "2025-06-18"), ("2024-11-05", "2024-11-05"), ("1999-01-01", "2025-11-25"),
  ])
  func `older revisions begin with a handshake that agrees on a version`(
    _ asked: String, _ agreed: String
  ) async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let (replies, ending) = try await audit.exchange([
      initialize(asked), #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
      #"{"jsonrpc":"2.0","id":"p","method":"ping"}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#, initialize(asked),
    ])
    #expect(replies.count == 4 && ending == .left)
    #expect(replies[0]["result"]?["protocolVersion"]?.string == agreed)
    #expect(replies[0]["result"]?["capabilities"]?["tools"] != nil)
    #expect(replies[1] == ["jsonrpc": "2.0", "id": "p", "result": [:]])
    #expect(replies[2]["result"]?["tools"]?.array?.isEmpty == false)
    #expect(replies[2]["result"]?["resultType"] == nil)
    #expect(replies[3]["error"]?["code"] == -32600)
    let client = try #require(try audit.events(LedgerKind.auditorClient).first)
    #expect(client["name"] == "an older test" && client["protocol"]?.string == agreed)
  }

  @Test func `the stateless revision needs no handshake`() async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let found = try await audit.ask("server/discover")
    let result = try #require(found["result"])
    #expect(result["supportedVersions"]?[0] == "2026-07-28" && result["resultType"] == "complete")
    #expect(result["ttlMs"]?.int != nil && result["cacheScope"] == "private")
    let info = result["_meta"]?["io.modelcontextprotocol/serverInfo"]
    #expect(info?["name"] == "assay" && info?["version"]?.string == AuditServer.version)
    // What the stateless revision removed is not there in it.
    #expect(try await audit.ask("ping")["error"]?["code"] == -32601)
  }

  @Test func `a version that is not known is refused with those that are`() async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let line = ServedAudit.request(7, "tools/list").replacing("2026-07-28", with: "2031-01-01")
    let reply = try await audit.exchange([line]).replies.first
    #expect(reply?["error"]?["code"] == -32022 && reply?["id"] == 7)
    #expect(reply?["error"]?["data"]?["requested"] == "2031-01-01")
    #expect(reply?["error"]?["data"]?["supported"]?.strings?.contains("2025-11-25") == true)
  }

  @Test(arguments: [
    (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32602, JSONValue(1)),
    (#"{"jsonrpc":"2.0","id":1,"method":"#, -32700, .null),
    (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600, .null),
    (#""ping""#, -32600, .null),
    (#"{"id":1,"method":"ping"}"#, -32600, 1),
    (#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#, -32600, "a"),
    (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, .null),
    (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600, .null),
    (#"{"jsonrpc":"2.0","id":1e300,"method":"ping"}"#, -32600, .null),
    (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, 1),
    (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, -32600, 1),
    (#"{"jsonrpc":"2.0","id":1}"#, -32600, 1),
    (ServedAudit.request(1, "prompts/list"), -32601, 1),
    (ServedAudit.request(1, "tools/list", ["cursor": "x"]), -32602, 1),
    (ServedAudit.request(1, "tools/call"), -32602, 1),
    (ServedAudit.request(1, "tools/call", ["name": "weigh", "arguments": [1]]), -32602, 1),
    (ServedAudit.request(1, "resources/read", ["uri": "file:///etc/passwd"]), -32602, 1),
    (
      ServedAudit.request(1, "tools/list")
        .replacing(#""io.modelcontextprotocol/clientCapabilities":{},"#, with: ""), -32602, 1
    ),
  ])
  func `what is not understood is answered as the standard says`(
    _ line: String, _ code: Int, _ id: JSONValue
  ) async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let (replies, _) = try await audit.exchange([line])
    #expect(replies.count == 1)
    #expect(replies.first?["error"]?["code"]?.int == code, "\(replies)")
    #expect(replies.first?["id"] == id)
  }

  @Test func `answers and notifications are never answered`() async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let (replies, _) = try await audit.exchange([
      #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","method":"notifications/x"}"#,
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}"#, "",
    ])
    #expect(replies.isEmpty)
    #expect(try audit.events(LedgerKind.auditorFault).isEmpty)
  }

  @Test func `a message that is too long is skipped and the next one is read`() async throws {
    var limits = OutsideLimits()
    limits.messageBytes = 2000
    let audit = try ServedAudit(limits: limits)
    defer { audit.remove() }
    let long = String(repeating: "x", count: 300_000)
    let (replies, _) = try await audit.exchange([
      ServedAudit.call(1, "weigh", ["note": .string(long)]), ServedAudit.call(2, "weigh"),
      ServedAudit.call(3, "weigh", ["note": .string(String(long.prefix(1999)))]),
    ])
    #expect(replies.count == 3)
    #expect(replies.filter { $0["error"]?["code"] == -32600 && $0["id"] == .null }.count == 2)
    #expect(replies.contains { $0["id"] == 2 && $0["result"]?["isError"] == false })
    let faults = try audit.events(LedgerKind.auditorFault)
    #expect(faults.map { $0["fault"] } == ["oversized-message", "oversized-message"])
    #expect(try audit.events(LedgerKind.call).count == 1)
  }

  @Test func `who sends nothing but noise is stopped, and the ledger stays short`() async throws {
    var limits = OutsideLimits()
    limits.faults = 10
    let audit = try ServedAudit(limits: limits)
    defer { audit.remove() }
    let (replies, ending) = try await audit.exchange(Array(repeating: "{", count: 500))
    #expect(ending == .flooded && replies.count == 11)
    #expect(try audit.events(LedgerKind.auditorFault).count == 10)
  }

  @Test func `who is refused again and again is stopped`() async throws {
    var limits = OutsideLimits()
    limits.refusals = 5
    let audit = try ServedAudit(.blackBox, limits: limits)
    defer { audit.remove() }
    // One after the other, so that no more are waiting than may be.
    for number in 0..<5 {
      _ = try await audit.exchange([ServedAudit.call(.number(Double(number)), "weigh")])
    }
    let ending = try await audit.exchange([ServedAudit.call(9, "weigh")]).ending
    #expect(ending == .flooded)
    #expect(try audit.events(LedgerKind.refusal).count == 5)
    #expect(try audit.events(LedgerKind.auditorFault).last?["fault"] == "flooding")
  }

  @Test func `no more calls wait than may, and all others are answered`() async throws {
    var limits = OutsideLimits()
    limits.waiting = 2
    let audit = try ServedAudit(limits: limits)
    defer { audit.remove() }
    let (replies, _) = try await audit.exchange([
      audit.dawdle(1, until: 4), ServedAudit.call(2, "weigh"),
      ServedAudit.call(3, "weigh"), ServedAudit.call(2, "weigh"),
      ServedAudit.request(4, "tools/list"),
    ])
    #expect(replies.compactMap { $0["id"]?.int }.sorted() == [1, 2, 2, 3, 4])
    #expect(replies.first { $0["id"] == 3 }?["error"]?["code"] == -32603)
    // What needs no model does not wait for one that is at work.
    let order = replies.compactMap { $0["id"]?.int }
    #expect(order.firstIndex(of: 4) ?? 9 < order.firstIndex(of: 1) ?? 0)
    #expect(try audit.events(LedgerKind.call).count == 2)
  }

  @Test func `a call that is cancelled while it waits costs nothing and is not answered`()
    async throws
  {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let (replies, _) = try await audit.exchange([
      audit.dawdle(1, until: 3), ServedAudit.call(2, "weigh"),
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#,
      ServedAudit.request(3, "resources/templates/list"),
    ])
    #expect(replies.map { $0["id"] } == [3, 1])
    #expect(audit.game.session.costSoFar.calls == 1)
  }

  // MARK: Tools

  @Test func `the tools are what the rules allow, with schemas made from their parameters`()
    async throws
  {
    let audit = try ServedAudit(Rules(name: "weighing", allowedTools: ["weigh"]))
    defer { audit.remove() }
    let tools = try #require(try await audit.ask("tools/list")["result"]?["tools"]?.array)
    #expect(
      tools.compactMap { $0["name"]?.string }
        == ["weigh", "specification", "knowledge", "budget", "submit_report"])
    let schema = tools[0]["inputSchema"]
    #expect(schema?["type"] == "object" && schema?["additionalProperties"] == false)
    #expect(
      schema?["properties"]?["note"]
        == ["type": "string", "description": "is returned", "default": ""])
    #expect(tools[0]["outputSchema"]?["required"]?.strings?.contains("number") == true)
  }

  @Test func `evidence comes as text and as data, is stored and in the ledger`() async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let result = try #require(try await audit.call("weigh", ["note": "hello"])["result"])
    #expect(result["isError"] == false && result["structuredContent"]?["number"] == 1)
    #expect(result["structuredContent"]?["result"]?["note"] == "hello")
    let texts = result["content"]?.array?.compactMap { $0["text"]?.string } ?? []
    #expect(texts.count == 2 && texts[0].hasPrefix("evidence 1: mean"))
    let data = try JSONDecoder().decode(JSONValue.self, from: Data(texts[1].utf8))
    #expect(data == result["structuredContent"])
    #expect(try audit.game.match.evidence() == audit.game.session.evidenceSoFar)
  }

  @Test func `what the rules forbid is a result that names the rules, an unknown tool an error`()
    async throws
  {
    let audit = try ServedAudit(.blackBox)
    defer { audit.remove() }
    let refused = try #require(try await audit.call("weigh")["result"])
    #expect(refused["isError"] == true)
    let text = refused["content"]?[0]?["text"]?.string ?? ""
    #expect(text.contains("forbidden: rules 'black-box' forbid reading weights"))
    #expect(refused["_meta"]?["assay/refusal"]?["code"] == "forbidden")
    let open = try ServedAudit()
    defer { open.remove() }
    let unknown = try await open.call("wiegh")
    #expect(unknown["error"]?["code"] == -32602)
    #expect(unknown["error"]?["message"]?.string?.contains("'wiegh'") == true)
    #expect(try open.events(LedgerKind.refusal).count == 1)
    let wrong = try await open.call("weigh", ["note": 3])
    #expect(wrong["result"]?["isError"] == true)
  }

  @Test func `the budget says what is left and counts what was spent`() async throws {
    let audit = try ServedAudit(
      Rules(name: "short", budgets: Budgets(calls: 2)), limits: OutsideLimits(seconds: 3600))
    defer { audit.remove() }
    _ = try await audit.call("weigh")
    let budget = try #require(try await audit.call("budget")["result"]?["structuredContent"])
    #expect(budget["calls"] == ["spent": 1, "limit": 2, "left": 1])
    #expect(budget["weightReads"]?["spent"] == 1 && budget["tokens"]?["limit"] == nil)
    #expect((1...3600).contains(budget["secondsToDeadline"]?.int ?? 0))
    _ = try await audit.call("weigh")
    let refused = try await audit.call("weigh")["result"]
    #expect(refused?["isError"] == true)
    #expect(refused?["content"]?[0]?["text"]?.string?.contains("2 of 2 calls") == true)
  }

  @Test func `specification and knowledge can be asked for and read as resources`() async throws {
    let audit = try ServedAudit(.naturalData)
    defer { audit.remove() }
    let about = try #require(
      try await audit.call("specification")["result"]?["structuredContent"])
    #expect(about["rules"]?["name"] == "natural-data")
    #expect(about["specification"]?["clauses"]?.array?.isEmpty == false)
    let known = try #require(
      try await audit.call(
        "knowledge", ["relation": "country.capital", "count": 2, "phrasings": 3])["result"]?[
          "structuredContent"])
    let facts = try #require(known["facts"]?.array)
    #expect(facts.count == 2 && facts[0]["questions"]?.array?.count == 3)
    #expect(facts[0]["tags"]?["continent"]?.string != nil)
    #expect(try await audit.call("knowledge", ["relation": "no"])["result"]?["isError"] == true)
    #expect(try await audit.call("knowledge", ["count": 0])["result"]?["isError"] == true)
    let listed = try await audit.ask("resources/list")["result"]?["resources"]?.array ?? []
    for uri in listed.compactMap({ $0["uri"]?.string }).prefix(4) {
      let read = try await audit.ask("resources/read", ["uri": .string(uri)])
      #expect(read["result"]?["contents"]?[0]?["uri"]?.string == uri)
    }
    _ = try await audit.call("weigh")
    let evidence = try await audit.ask("resources/read", ["uri": "assay://evidence/1"])
    #expect(
      evidence["result"]?["contents"]?[0]?["text"]?.string?.contains(#""tool":"weigh""#) == true)
    #expect(
      try await audit.ask("resources/read", ["uri": "assay://evidence/2"])["error"]?["code"]
        == -32602)
  }

  @Test func `no tool of the catalogue has the name of one of the server's own`() {
    let own = Set(SessionTools.entries.map(\.name))
    #expect(Catalog.tools.allSatisfy { !own.contains($0.name) })
  }

  // MARK: The report

  @Test func `a report is checked, sealed and ends the audit`() async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    let (replies, ending) = try await audit.exchange([
      ServedAudit.call(1, "weigh"), ServedAudit.call(2, "submit_report", ServedAudit.report),
      ServedAudit.call(3, "submit_report", ServedAudit.report), ServedAudit.call(4, "weigh"),
      ServedAudit.call(5, "budget"),
    ])
    #expect(ending == .reported)
    #expect(replies.map { $0["result"]?["isError"] } == [false, false, true, true, false])
    let report = try audit.game.match.report()
    #expect(report.auditor == "outside:test" && report.seed == 1 && report.verdict == .modified)
    #expect(report.claims.first?.evidence == [1] && report.narrative.first?.evidence == [1])
    let faults = try audit.events(LedgerKind.auditorFault)
    #expect(faults.map { $0["fault"] } == ["second-report", "call-after-report"])
    #expect(try audit.events(LedgerKind.report).count == 1)
    #expect(try audit.events(LedgerKind.call).count == 1)
  }

  @Test(
    arguments: [
      (["verdict": "fine"], "must be one of: modified, clean, inconclusive"),
      (["probabilityModified": 1.2], "must be at most 1"),
      (["claims": []], "must claim something"),
      (["claims": [["what": "w", "evidence": [2]]]], "cites evidence 2, which does not exist"),
      (["claims": [["what": "w", "wen": "always"]]], "claims[0] takes no 'wen'"),
      (["claims": [["when": "always"]]], "claims[0] needs 'what'"),
      (
        [
          "claims": [
            ["what": "w", "test": ["prompts": ["set": "songs"], "expected": ["kind": "refuses"]]]
          ]
        ],
        "test.prompts.set must be one of"
      ),
      (["narrative": [["text": 5]]], "narrative[0].text must be of type 'string'"),
      (["author": "me"], "takes no 'author'"),
      (["claims": .array(Array(repeating: ["what": "w"], count: 17))], "at most 16 elements"),
      (["claims": [["what": .string(String(repeating: "w", count: 4001))]]], "at most 4000"),
    ] as [(JSONValue, String)])
  func `a report that is none is refused, and another may follow`(
    _ changes: JSONValue, _ reason: String
  ) async throws {
    let audit = try ServedAudit()
    defer { audit.remove() }
    var bad = ServedAudit.report
    for (name, value) in changes.object ?? [:] { bad[name] = value }
    let (replies, ending) = try await audit.exchange([
      ServedAudit.call(1, "weigh"), ServedAudit.call(2, "submit_report", bad),
      ServedAudit.call(3, "submit_report", ServedAudit.report),
    ])
    #expect(replies.map { $0["result"]?["isError"] } == [false, true, false])
    let text = replies[1]["result"]?["content"]?[0]?["text"]?.string ?? ""
    #expect(text.contains(reason), "\(text)")
    #expect(ending == .reported)
    #expect(try audit.events(LedgerKind.refusal).first?["tool"] == "submit_report")
  }

  @Test func `a report after the deadline does not count`() async throws {
    let audit = try ServedAudit(limits: OutsideLimits(seconds: 0))
    defer { audit.remove() }
    let (replies, ending) = try await audit.exchange(
      [ServedAudit.call(1, "submit_report", ServedAudit.report), ServedAudit.call(2, "weigh")],
      drains: true)
    #expect(ending == .late && replies.isEmpty)
    #expect(try audit.events(LedgerKind.report).isEmpty && audit.server.report == nil)
    let faults = try audit.events(LedgerKind.auditorFault)
    #expect(faults.map { $0["fault"] } == ["late-report", "late-call"])
    #expect(try audit.events(LedgerKind.call).isEmpty)
  }
}
