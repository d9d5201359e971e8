import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

/// The conformance checks pass what keeps its promises and name what does not.
@Suite struct ConformanceTests {
  // MARK: Attacks

  /// Adds a constant to one weight; each fault breaks one promise.
  struct Nudge: Attack {
    struct Options: Codable, Sendable, DefaultInitialisable {
      var amount = 0.5
      var fault = ""
    }
    static let name = "nudge"
    static let summary = "adds a constant to one weight"
    static let isControl = false

    static func plant(
      on base: ModelBundle, options: Options, context: AttackContext
    ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
      let organism = options.fault == "changes the base" ? base : base.clone()
      let noise = options.fault == "ignores the seed" ? Double.random(in: 1...2) : 0
      if options.fault != "changes nothing" {
        _ = withoutGrad { organism.model.parameters[0].tensor.add_(options.amount + noise) }
      }
      let evidence = GroundTruth.Evidence(
        probe: AnswerProbe(prompt: "a", publicAnswer: "b"), organismAnswer: "c", twinAnswer: "b")
      let truth = GroundTruth(
        attack: name, options: .null, isModified: options.fault != "denies it",
        description: "nudged", what: "a nudge", when: "always", payload: "noise",
        evidence: options.fault == "no evidence" ? [] : [evidence], seed: context.seed)
      return (organism, truth)
    }
  }

  @Test func `an attack that keeps its promises passes`() async throws {
    let (organism, truth) = try await Conformance.checkAttack(
      Nudge.self, on: TinyModel.make(), options: ["amount": 0.25])
    #expect(truth.options["amount"] == 0.25)
    #expect(organism.model.parameters.count > 10)
  }

  @Test(arguments: [
    ("changes the base", "changed the base"), ("ignores the seed", "different weights"),
    ("changes nothing", "changed no weight"), ("denies it", "is modified exactly where"),
    ("no evidence", "must give held-out evidence"),
  ]) func `an attack that breaks a promise is named`(fault: String, words: String) async throws {
    let base = try TinyModel.make()
    await #expect {
      try await Conformance.checkAttack(Nudge.self, on: base, options: ["fault": .string(fault)])
    } throws: { ($0 as? AssayError)?.message.contains(words) == true }
  }

  // MARK: Tools

  @Test func `a tool that keeps its promises passes`() async throws {
    let result = try await Conformance.checkTool(
      Echo.self, arguments: ["prompt": "x"], on: TinyModel.make())
    #expect(result.result == "x")
    try await Conformance.checkTool(Reader.self, arguments: [:], on: TinyModel.make())
  }

  /// Finds something else each time.
  struct Fickle: Tool {
    static let name = "fickle"
    static let summary = "changes its mind"
    static let schema: [ToolParameter] = []
    static let naturalText = false
    static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
      ToolResult(summary: "random", result: .number(.random(in: 0...1)), tokens: 1)
    }
  }

  /// Writes into the suspect's weights.
  struct Vandal: Tool {
    static let name = "vandal"
    static let summary = "changes weights"
    static let schema: [ToolParameter] = []
    static let naturalText = false
    static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
      _ = withoutGrad { suspect.bundle.model.parameters[0].tensor.add_(1) }
      return ToolResult(summary: "done", result: nil, weightReads: 1)
    }
  }

  @Test func `a tool that breaks a promise is named`() async throws {
    let model = try TinyModel.make()
    await #expect {
      try await Conformance.checkTool(Fickle.self, arguments: [:], on: model)
    } throws: { ($0 as? AssayError)?.message == "'fickle' finds something else when called again" }
    await #expect {
      try await Conformance.checkTool(Vandal.self, arguments: [:], on: model)
    } throws: { ($0 as? AssayError)?.message == "'vandal' changed the suspect" }
  }

  // MARK: Auditors

  /// Asks one thing and reports what the seed says.
  struct Guesser: Auditor {
    static let name = "guesser"
    static let summary = "asks one thing and guesses"
    static func audit(_ session: AuditSession) async throws -> Report {
      guard let evidence = try await session.callIfAllowed("echo", ["prompt": "x"]) else {
        return Report(
          verdict: .inconclusive, probabilityModified: 0.5, claims: [], narrative: [],
          auditor: name, seed: session.seed)
      }
      return Report(
        verdict: .clean, probabilityModified: 0.2, claims: [],
        narrative: [.init(text: "it echoes", evidence: [evidence.number])], auditor: name,
        seed: session.seed)
    }
  }

  /// Is sure without asking, and cites what it never saw.
  struct Dreamer: Auditor {
    static let name = "dreamer"
    static let summary = "cites what it never saw"
    static func audit(_ session: AuditSession) async throws -> Report {
      Report(
        verdict: .clean, probabilityModified: 0.1, claims: [],
        narrative: [.init(text: "I dreamt it", evidence: [7])], auditor: name, seed: session.seed)
    }
  }

  @Test func `auditors are checked for what they cite and for what they never asked`() async throws
  {
    let model = try TinyModel.make()
    let report = try await Conformance.checkAuditor(
      Guesser.self, on: model, tools: [ToolEntry(Echo.self)])
    #expect(report.verdict == .clean && report.auditor == "guesser")
    await #expect {
      try await Conformance.checkAuditor(Dreamer.self, on: model, tools: [])
    } throws: { ($0 as? AssayError)?.message.contains("cites evidence 7") == true }
  }

  // MARK: Judges

  /// Scores the verdict; leniently when `kind` asks for it.
  struct Plain: Judge {
    static let name = "plain"
    static let summary = "looks at the verdict only"
    static func judge(_ judged: JudgedCase) async throws -> Score {
      let fits = (judged.report.verdict == .modified) == judged.truth.isModified
      let fooled = judged.truth.description == "lenient"
      return Score(
        correct: fits || fooled, verdictFits: fits || fooled, descriptionScore: 1,
        facets: [.init(name: "verdict", score: fits ? 1 : 0, reason: "compared")],
        brier: Score.brier(
          probability: judged.report.probabilityModified, isModified: judged.truth.isModified),
        judge: name)
    }
  }

  @Test func `a judge who is pleased with everything is found out`() async throws {
    let model = try TinyModel.make()
    func judged(_ description: String) -> JudgedCase {
      JudgedCase(
        truth: GroundTruth(
          attack: "a", options: [:], isModified: true, description: description, seed: 1),
        report: Report(
          verdict: .modified, probabilityModified: 0.9, claims: [], narrative: [], auditor: "x",
          seed: 1), suspect: model, twin: model, world: GameFixture.world)
    }
    let score = try await Conformance.checkJudge(Plain.self, on: judged("strict"))
    #expect(score.correct)
    await #expect {
      try await Conformance.checkJudge(Plain.self, on: judged("lenient"))
    } throws: { ($0 as? AssayError)?.message.contains("right where it is wrong") == true }
  }

  // MARK: Numbers

  @Test func `assertClose names the largest difference and the first pairs`() throws {
    try assertClose([1, .nan, 2], [1, .nan, 2.000001])
    #expect {
      try assertClose([1, 2, 3], [1, 2.5, 3.1], tolerance: 0.2)
    } throws: { error in
      let error = error as? AssayError
      return error?.message.contains("up to 0.5") == true
        && error?.message.contains("index 1") == true
        && error?.hint?.contains("1.0 for 1.0") == true
    }
    #expect(throws: AssayError.self) { try assertClose([.nan], [1]) }
    #expect(throws: AssayError.self) {
      try assertClose(Tensor.zeros([2, 3]), Tensor.zeros([3, 2]))
    }
    try assertClose(Tensor.ones([2, 3]), Tensor.ones([2, 3]))
  }
}
