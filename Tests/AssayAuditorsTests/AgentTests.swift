import AssayChat
import AssayCore
import AssayGame
import AssayStore
import AssayTesting
import Foundation
import Testing

@testable import AssayAuditors

/// Answers every prompt alike, at length if asked to.
private enum Echo: Tool {
  static let name = "echo"
  static let summary = "answers by rule"
  static let schema = [
    ToolParameter(name: "prompts", kind: .texts, required: true, summary: "questions"),
    ToolParameter(name: "length", kind: .integer, summary: "characters", default: 4),
  ]
  static let naturalText = false

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let prompts = arguments["prompts"]?.strings ?? []
    let text = String(repeating: "x", count: arguments["length"]?.int ?? 4)
    return ToolResult(
      summary: "asked \(prompts.count)", result: ["answers": JSONValue(prompts.map { _ in text })],
      tokens: prompts.count)
  }

  static func estimate(_ arguments: JSONValue, on suspect: Suspect) throws -> CostEstimate {
    CostEstimate(exactly: Cost(calls: 1, tokens: arguments["prompts"]?.array?.count ?? 0))
  }
}

@Suite struct AgentTests {
  private static let good = """
    {"verdict":"modified","probabilityModified":0.8,"claims":[{"what":"it says x","when":"always",\
    "evidence":[1]}],"narrative":[{"text":"asked","evidence":[1]}]}
    """

  /// Lets an agent audit over `server`; the report and what the ledger holds.
  private static func audit(
    _ server: ChatServer, rules: Rules = .open, more: [String: String] = [:],
    super isSuper: Bool = false
  ) async throws -> (report: Report, ledger: [LedgerEntry]) {
    let environment = [
      "OPENAI_BASE_URL": server.address, "ASSAY_AGENT_MODEL": "m", "ASSAY_AGENT_ENDPOINT": "openai",
      "ASSAY_AGENT_BACKOFF": "0.01", "ASSAY_AGENT_TIMEOUT": "5",
    ].merging(more) { $1 }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-agent-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let game = try TemporaryMatch(
      in: folder, suspect: TinyModel.make(), tools: [ToolEntry(Echo.self)], rules: rules)
    let report =
      isSuper
      ? try await SuperAgent.audit(game.session, environment: environment)
      : try await Agent.audit(game.session, environment: environment)
    try report.validate(evidenceCount: game.session.evidenceSoFar.count)
    return (report, game.match.ledger.entries)
  }

  private static func counts(_ ledger: [LedgerEntry]) throws -> JSONValue {
    try #require(ledger.last { $0.kind == LedgerKind.auditorEnded }?.body["counts"])
  }

  /// What a request tells of its model's calls, the newest last.
  private static func results(_ request: ChatServer.Request) -> [String] {
    request.turns.filter { $0["role"] == "tool" }.compactMap { $0["content"]?.string }
  }

  @Test func `a model calls tools, reads evidence and hands in its report`() async throws {
    let server = try ChatServer { _, number in
      switch number {
      case 0: .calling(("specification", "{}"), ("board", "{\"text\":\"it says x\"}"))
      case 1: .calling(("echo", "{\"prompts\":[\"a\",\"b\"],\"length\":9000}"))
      case 2: .calling(("read_evidence", "{\"number\":1,\"skip\":4000}"))
      default: .calling((SessionTools.submitReport, Self.good))
      }
    }
    defer { server.stop() }
    let (report, ledger) = try await Self.audit(server)
    #expect(report.verdict == .modified && report.probabilityModified == 0.8)
    #expect(report.claims.first?.evidence == [1])
    let log = server.log
    #expect(log.count == 4)
    let offered = log[0].body["tools"]?.array?.compactMap { $0["function"]?["name"]?.string }
    #expect(
      offered == [
        "echo", "specification", "knowledge", "budget", "read_evidence", "board", "submit_report",
      ])
    let told = Self.results(log[2])
    #expect(told.last?.hasPrefix("evidence 1: asked 2") == true)
    #expect(told.last?.contains("read_evidence with number 1, skip 4000") == true)
    #expect((told.last?.count ?? 0) < AgentFunctions.shown + 200)
    #expect(Self.results(log[3]).last?.hasPrefix("xxxx") == true)
    let client = try #require(ledger.first { $0.kind == LedgerKind.auditorClient })
    #expect(client.body["name"] == "m" && client.body["about"]?["instructions"] == "agent-1")
    #expect(try Self.counts(ledger)["answers"] == 4)
  }

  @Test func `faulty calls are told what is wrong with them`() async throws {
    let server = try ChatServer { _, number in
      switch number {
      case 0:
        .calling(
          ("echo", "{\"prompts\":"), ("echo", "[1]"), ("fly", "{}"), ("echo", "{\"prompts\":3}"),
          ("read_evidence", "{\"number\":9}"), (SessionTools.submitReport, "{\"verdict\":\"odd\"}"),
          (
            SessionTools.submitReport,
            "{\"verdict\":\"clean\",\"probabilityModified\":0.1,\"claims\":[],\"narrative\":"
              + "[{\"text\":\"x\",\"evidence\":[5]}]}"
          ))
      default:
        .calling(
          (
            SessionTools.submitReport,
            "{\"verdict\":\"clean\",\"probabilityModified\":0.1,\"claims\":[]}"
          ))
      }
    }
    defer { server.stop() }
    let (report, ledger) = try await Self.audit(server)
    #expect(report.verdict == .clean)
    let told = Self.results(server.log[1])
    let wanted = [
      "not valid JSON", "must be an object, got a list", "there is no function 'fly'",
      "must be a list of texts", "there is no evidence 9", "needs", "cites evidence 5",
    ]
    #expect(told.count == wanted.count)
    for (text, part) in zip(told, wanted) { #expect(text.contains(part), "\(text)") }
    #expect(try Self.counts(ledger)["faultyCalls"] == 7)
  }

  @Test func `an endpoint that is busy, and one that stalls, is asked again`() async throws {
    let server = try ChatServer { _, number in
      switch number {
      case 0: .init(status: 429, headers: ["Retry-After": "0.1"], body: "{}")
      case 1: .init(status: 500, body: "")
      case 2: .init(body: "{}", delay: 6)
      case 3: .calling(("echo", "{\"prompts\":[\"a\"]}"))
      default: .calling((SessionTools.submitReport, Self.good))
      }
    }
    defer { server.stop() }
    let (report, ledger) = try await Self.audit(server, more: ["ASSAY_AGENT_TIMEOUT": "2"])
    #expect(report.verdict == .modified)
    #expect(try Self.counts(ledger)["retries"] == 3)
  }

  @Test func `a spent budget leaves answers for the report alone`() async throws {
    let server = try ChatServer { request, _ in
      request.body["tools"]?.array?.count == 1
        ? .calling((SessionTools.submitReport, Self.good))
        : .calling(("echo", "{\"prompts\":[\"a\"]}"))
    }
    defer { server.stop() }
    let rules = Rules(name: "short", budgets: Budgets(calls: 2))
    let (report, ledger) = try await Self.audit(server, rules: rules)
    #expect(report.verdict == .modified)
    #expect(ledger.count { $0.kind == LedgerKind.call } == 2)
    #expect(server.log.count == 4)
    #expect(Self.results(server.log[3]).last?.contains("Hand in your report now") == true)
  }

  @Test func `whoever goes on calling after the end has an inconclusive report`() async throws {
    let server = try ChatServer { _, _ in .calling(("echo", "{\"prompts\":[\"a\"]}")) }
    defer { server.stop() }
    let budget = Rules(name: "short", budgets: Budgets(calls: 1))
    let (report, ledger) = try await Self.audit(server, rules: budget)
    #expect(report.verdict == .inconclusive && report.probabilityModified == 0.5)
    #expect(report.narrative.first?.evidence == [1])
    #expect(ledger.contains { $0.kind == LedgerKind.ended })
    #expect(server.log.count == 5)
    let (_, turns) = try await Self.audit(server, more: ["ASSAY_AGENT_TURNS": "6"])
    let ended = try #require(turns.first { $0.kind == LedgerKind.ended })
    #expect(ended.body["message"]?.string?.contains("6 answers are used up") == true)
    // The last three could not call anything but the report.
    #expect(turns.count { $0.kind == LedgerKind.call } == 3)
  }

  @Test func `refusals are counted and end the audit when they go on`() async throws {
    let refusal: JSONValue = [
      "choices": [["message": ["role": "assistant", "content": .null, "refusal": "I cannot."]]]
    ]
    let body = try CanonicalJSON.string(refusal)
    let server = try ChatServer { _, number in
      switch number {
      case 0, 2: .init(body: body)
      case 1: .calling(("echo", "{\"prompts\":[\"a\"]}"))
      case 3: .saying("Let me think.")
      default: .init(body: body)
      }
    }
    defer { server.stop() }
    let (report, ledger) = try await Self.audit(server)
    #expect(report.verdict == .inconclusive)
    #expect(report.narrative.first?.text.contains("the auditing model refused 3") == true)
    let counts = try Self.counts(ledger)
    #expect(counts["refusals"] == 3 && counts["silentAnswers"] == 1 && counts["answers"] == 5)
    #expect(server.log[1].turns.last?["content"]?.string?.contains("test of a model") == true)
    #expect(server.log[4].turns.last?["content"]?.string?.contains("Call a function") == true)
  }

  @Test func `older turns give way to the board and a line for each piece of evidence`()
    async throws
  {
    let server = try ChatServer { _, number in
      switch number {
      case 0: .calling(("board", "{\"text\":\"suspect: capitals\"}"))
      case 1..<9: .calling(("echo", "{\"prompts\":[\"question \(number)\"],\"length\":1500}"))
      default: .calling((SessionTools.submitReport, Self.good))
      }
    }
    defer { server.stop() }
    let (report, ledger) = try await Self.audit(
      server, more: ["ASSAY_AGENT_CONTEXT": "8000"])
    #expect(report.verdict == .modified)
    let last = try #require(server.log.last)
    let first = try #require(last.turns.first { $0["role"] == "user" }?["content"]?.string)
    #expect(first.contains("suspect: capitals"))
    #expect(first.contains("#1 echo") && first.contains("question 1"))
    let sent = server.log.map { request -> Int in
      let turns = request.turns.filter { $0["role"] != "system" }
      return turns.map { $0["content"]?.string?.count ?? 0 }.reduce(0, +)
    }
    #expect(sent.allSatisfy { $0 < 10_000 }, "\(sent)")
    #expect((try Self.counts(ledger)["compactions"]?.int ?? 0) >= 1)
    // Every result still follows the call that it names.
    for request in server.log {
      let called = request.turns.flatMap { $0["tool_calls"]?.array ?? [] }
      let answered = request.turns.filter { $0["role"] == "tool" }
      #expect(called.count == answered.count)
    }
  }

  @Test func `a context that is too short for the conversation is made do with`() async throws {
    let long = "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"too long\"}}"
    let server = try ChatServer { request, number in
      if request.turns.count > 4 { return .init(status: 400, body: long) }
      return number < 8
        ? .calling(("echo", "{\"prompts\":[\"a\"]}"))
        : .calling((SessionTools.submitReport, Self.good))
    }
    defer { server.stop() }
    let (report, ledger) = try await Self.audit(server)
    #expect(report.verdict == .modified)
    #expect((try Self.counts(ledger)["compactions"]?.int ?? 0) >= 1)
    let tiny = try ChatServer { _, _ in .init(status: 400, body: long) }
    defer { tiny.stop() }
    let (nothing, _) = try await Self.audit(tiny)
    #expect(nothing.verdict == .inconclusive)
    #expect(nothing.narrative.first?.text.contains("holds no conversation") == true)
  }

  @Test func `an endpoint that refuses from the start is an error, a later one an end`()
    async throws
  {
    let refusing = try ChatServer { _, _ in .init(status: 401, body: "{}") }
    defer { refusing.stop() }
    await #expect(throws: AssayError.self) { try await Self.audit(refusing) }
    let leaving = try ChatServer { _, number in
      number == 0 ? .calling(("echo", "{\"prompts\":[\"a\"]}")) : .init(status: 403, body: "{}")
    }
    defer { leaving.stop() }
    let (report, _) = try await Self.audit(leaving)
    #expect(report.verdict == .inconclusive)
    #expect(report.narrative.first?.text.contains("refuses with status 403") == true)
  }

  @Test func `it cannot begin without a model, and says which variable names one`() throws {
    let error = #expect(throws: AssayError.self) { try AgentSettings([:], name: "agent") }
    #expect(error?.code == .usage && error?.hint?.contains("ASSAY_AGENT_MODEL") == true)
    let wrong = #expect(throws: AssayError.self) {
      try AgentSettings(["ASSAY_AGENT_MODEL": "m", "ASSAY_AGENT_TURNS": "many"], name: "agent")
    }
    #expect(wrong?.message.contains("ASSAY_AGENT_TURNS") == true)
  }

  @Test func `a super-agent's runs are apart, and their reports become one`() async throws {
    @Sendable func report(_ probability: Double, _ verdict: String, _ claims: String) -> String {
      "{\"verdict\":\"\(verdict)\",\"probabilityModified\":\(probability),\"claims\":[\(claims)]}"
    }
    let claim = "{\"what\":\"it says x\",\"when\":\"always\"}"
    let server = try ChatServer { request, _ in
      if request.user.contains("Investigator 1:") {
        return .calling((SessionTools.submitReport, report(0.9, "modified", claim)))
      }
      return request.system.contains("investigator 2 of 3")
        ? .calling((SessionTools.submitReport, report(0.3, "clean", "")))
        : .calling((SessionTools.submitReport, report(0.9, "modified", claim)))
    }
    defer { server.stop() }
    let (merged, ledger) = try await Self.audit(server, super: true)
    #expect(server.log.count == 4)
    #expect(merged.verdict == .modified && abs(merged.probabilityModified - 0.7) < 1e-12)
    #expect(merged.claims.first?.what == "it says x")
    let ended = try #require(ledger.last { $0.kind == LedgerKind.auditorEnded })
    #expect(ended.body["reports"] == 3 && ended.body["aggregated"] == true)
    // The one that joins them may call nothing but the report, and the runs see nothing of it.
    #expect(server.log[3].body["tools"]?.array?.count == 1)
    #expect(server.log[..<3].allSatisfy { !$0.user.contains("Investigator") })
  }

  @Test func `without a report of the reports, the most and the surest stand`() async throws {
    func report(_ probability: Double, _ verdict: Verdict, _ what: [String]) -> Report {
      Report(
        verdict: verdict, probabilityModified: probability,
        claims: what.map {
          Claim(what: $0, when: "", where: "", confidence: probability, evidence: [])
        }, narrative: [], auditor: "", seed: 1)
    }
    let reports = [
      report(0.8, .modified, ["a"]), report(0.1, .clean, []), report(0.9, .modified, ["b"]),
    ]
    let common = try #require(SuperAgent.common(reports))
    #expect(common.claims.first?.what == "b" && SuperAgent.common([]) == nil)
    let mean = SuperAgent.withMean(common, reports + [nil])
    #expect(abs(mean.probabilityModified - 0.575) < 1e-12 && mean.verdict == .modified)
    let low = SuperAgent.withMean(common, [report(0.2, .clean, []), common, nil, reports[1]])
    #expect(low.verdict == .inconclusive)
  }
}
