import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayTensor
import AssayTesting
import Foundation
import Testing

/// Budgets are kept, estimates are told, and an audit that they end has a report.
@Suite struct BudgetTests {
  /// Runs the suspect on so many tokens and says nothing of it, or says what it is told to.
  enum Runner: Tool {
    static let name = "runner"
    static let summary = "runs the suspect"
    static let schema = [
      ToolParameter(name: "length", kind: .integer, summary: "tokens", default: 4),
      ToolParameter(name: "gradient", kind: .bool, summary: "records", default: false),
    ]
    static let naturalText = false

    static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
      let length = arguments["length"]?.int ?? 0
      let tokens = Tensor([Int](repeating: 1, count: length), shape: [1, length])
      let model = suspect.bundle.model
      if arguments["gradient"]?.bool == true {
        let taps = Taps()
        taps.readGradient(.embed)
        _ = model.logits(tokens, taps: taps)
      } else {
        _ = withInference { model.logits(tokens) }
      }
      return ToolResult(summary: "ran", result: nil)
    }
  }

  /// Costs the product of its arguments.
  enum Grid: Tool {
    static let name = "grid"
    static let summary = "costs rows times columns"
    static let schema = [
      ToolParameter(name: "rows", kind: .integer, summary: "rows", default: 100),
      ToolParameter(name: "columns", kind: .texts, summary: "columns", default: ["a", "b", "c"]),
    ]
    static let naturalText = false
    static let access: [Access] = [.runs]
    static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
      ToolResult(summary: "", result: nil, tokens: 1)
    }
    static func estimate(_ arguments: JSONValue, on suspect: Suspect) throws -> CostEstimate {
      let rows = arguments["rows"]?.int ?? 0
      return CostEstimate(
        most: Cost(calls: 1, tokens: rows * (arguments["columns"]?.array?.count ?? 0)))
    }
  }

  /// Costs a known number of tokens.
  enum Teller: Tool {
    static let name = "teller"
    static let summary = "knows its cost"
    static let schema = [
      ToolParameter(name: "prompt", kind: .text, required: true, summary: "text")
    ]
    static let naturalText = false
    static let access: [Access] = [.runs]

    static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
      ToolResult(summary: "told", result: nil, tokens: 7)
    }

    static func estimate(_ arguments: JSONValue, on suspect: Suspect) throws -> CostEstimate {
      CostEstimate(exactly: Cost(calls: 1, tokens: 7))
    }
  }

  /// Asks until it is stopped.
  enum Insatiable: Auditor {
    static let name = "insatiable"
    static let summary = "asks until it is stopped"
    static func audit(_ session: AuditSession) async throws -> Report {
      while true { _ = try await session.call("teller", ["prompt": "a"]) }
    }
  }

  private func withGame<Result>(
    _ rules: Rules, _ body: (TemporaryMatch) async throws -> Result
  ) async throws -> Result {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("budget-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    return try await body(
      TemporaryMatch(
        in: root, suspect: GameFixture.bundle.get(),
        tools: [ToolEntry(Runner.self), ToolEntry(Teller.self)], rules: rules))
  }

  @Test func `a call is made as small as the budget asks for, and no smaller`() async throws {
    let reductions = [CallReduction("columns", least: 1), CallReduction("rows", least: 4)]
    for (budget, expected) in [
      (nil, [:]), (300, [:]), (200, ["columns": ["a", "b"]]), (100, ["columns": ["a"]]),
      (64, ["columns": ["a"], "rows": 64]), (3, nil),
    ] as [(Int?, JSONValue?)] {
      let root = FileManager.default.temporaryDirectory
        .appendingPathComponent("budget-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: root) }
      let rules = Rules(name: "few", budgets: Budgets(tokens: budget))
      let game = try TemporaryMatch(
        in: root, suspect: GameFixture.bundle.get(), tools: [ToolEntry(Grid.self)], rules: rules)
      let found = try game.session.affordable("grid", reducing: reductions)
      guard let rows = expected?["rows"]?.int else {
        #expect(found == expected, "\(String(describing: budget))")
        continue
      }
      // To a sixteenth of the whole.
      let kept = try #require(found?["rows"]?.int)
      #expect(found?["columns"] == expected?["columns"] && kept <= rows && kept >= rows - 7)
    }
  }

  @Test func `operations are measured, whatever the tool says`() async throws {
    try await withGame(.open) { game in
      let form = try GameFixture.bundle.get().model.configuration
      let once = form.forwardFLOPs(rows: 1, tokens: 4)
      let plain = try await game.session.call("runner")
      #expect(plain.cost.flops == once && plain.cost.tokens == 4)
      let recorded = try await game.session.call("runner", ["gradient": true])
      #expect(recorded.cost.flops == 3 * once)
      #expect(game.session.costSoFar.flops == 4 * once)
      let entry = try #require(try Ledger.read(game.match.ledger.url).last)
      #expect(entry.body["cost"]?["flops"]?.double == 3 * once)
    }
  }

  @Test func `a tool that runs the suspect under rules that forbid it gains nothing`() async throws
  {
    try await withGame(.noRuns) { game in
      // It takes no inputs and so passes for a tool that reads weights.
      #expect(game.session.allowedTools.map(\.name) == ["runner"])
      await #expect {
        try await game.session.call("runner")
      } throws: { error in
        let error = error as? AssayError
        return error?.code == .forbidden
          && error?.message.contains("forbid running the model, which 'runner' does") == true
          && error?.message.contains("withheld") == true
      }
      #expect(game.session.evidenceSoFar.isEmpty && game.session.costSoFar.flops > 0)
      let last = try Ledger.read(game.match.ledger.url).last
      #expect(last?.kind == LedgerKind.refusal)
    }
  }

  @Test func `operations beyond the budget are spent, and what they found is withheld`()
    async throws
  {
    try await withGame(Rules(name: "few", budgets: Budgets(flops: 1))) { game in
      await #expect {
        try await game.session.call("runner")
      } throws: {
        ($0 as? AssayError)?.message.contains("of 1 FLOPs, its result is withheld") == true
      }
      await #expect {
        try await game.session.call("runner")
      } throws: { ($0 as? AssayError)?.message.contains("the budget is spent") == true }
      #expect(game.session.evidenceSoFar.isEmpty)
    }
  }

  @Test func `an estimate is free, and a call that cannot be paid is refused before it runs`()
    async throws
  {
    try await withGame(Rules(name: "ten", budgets: Budgets(tokens: 10))) { game in
      let estimate = try game.session.estimate("teller", ["prompt": "a"])
      #expect(estimate.least.tokens == 7 && estimate.most.tokens == 7)
      #expect(game.session.costSoFar == Cost())
      #expect(try game.session.affordableShare(of: "teller", ["prompt": "a"]) == 1)
      _ = try await game.session.call("teller", ["prompt": "a"])
      let share = try game.session.affordableShare(of: "teller", ["prompt": "a"])
      #expect(abs(share - 3.0 / 7) < 1e-12)
      await #expect(
        throws: AssayError(
          .budget, "rules 'ten': the call would bring the budget to 14 of 10 tokens",
          hint: "ask for less in one call")
      ) { try await game.session.call("teller", ["prompt": "a"]) }
      #expect(game.session.costSoFar.tokens == 7 && game.session.costSoFar.calls == 1)
      #expect(throws: AssayError.self) { try game.session.estimate("nobody") }
    }
  }

  @Test func `an estimate follows from inputs, repetitions and length where a tool says nothing`()
    async throws
  {
    enum Asker: Tool {
      static let name = "asker"
      static let summary = "asks"
      static let schema = [
        ToolParameter(name: "prompts", kind: .texts, required: true, summary: "texts"),
        ToolParameter(name: "n", kind: .integer, summary: "times", default: 3),
        ToolParameter(name: "maxNewTokens", kind: .integer, summary: "length", default: 5),
      ]
      static let naturalText = false
      static let access: [Access] = [.runs]
      static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
        ToolResult(summary: "asked", result: nil, tokens: 1)
      }
    }
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("budget-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(
      in: root, suspect: GameFixture.bundle.get(), tools: [ToolEntry(Asker.self)])
    // The fixture's tokenizer knows bytes.
    let most = try game.session.estimate("asker", ["prompts": ["abc", "de"]]).most
    #expect(most.tokens == 3 * (3 + 2 + 2 * 5))
    #expect(most.flops > 0 && most.seconds > 0)
  }

  @Test func `an auditor whose budget ends has reported what it has`() async throws {
    try await withGame(Rules(name: "twenty", budgets: Budgets(tokens: 20))) { game in
      let report = try await AuditorEntry(Insatiable.self).audit(game.session)
      #expect(report.verdict == .inconclusive && report.probabilityModified == 0.5)
      #expect(report.auditor == "insatiable" && report.claims.isEmpty)
      #expect(report.narrative.first?.evidence == [1, 2])
      #expect(report.narrative.last?.text.contains("Not done: a call of teller") == true)
      let last = try #require(try Ledger.read(game.match.ledger.url).last)
      #expect(last.kind == LedgerKind.ended && last.body["code"] == "budget")
      try game.match.commit(report)
    }
  }

  @Test func `an auditor that the rules leave nothing has reported that`() async throws {
    try await withGame(.noRuns) { game in
      let report = try await AuditorEntry(Insatiable.self).audit(game.session)
      #expect(report.verdict == .inconclusive)
      #expect(
        report.narrative.first?.text.contains("forbid running the model, which 'teller' does")
          == true)
    }
  }
}
