import AssayArena
import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Foundation

/// An arena in a folder of its own, with a tiny base and players that need no knowledge.
struct ArenaFixture {
  let folder: URL
  let base: URL
  let arena: Arena

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-arena-\(UUID().uuidString)", isDirectory: true)
    base = folder.appendingPathComponent("base", isDirectory: true)
    try TinyModel.make().save(to: base)
    arena = Arena(
      store: folder.appendingPathComponent("runs", isDirectory: true), quiet: true,
      attacks: [AttackEntry(Nudge.self), AttackEntry(Leave.self)],
      tools: [ToolEntry(Weigh.self)], auditors: [AuditorEntry(Weigher.self)],
      judges: [JudgeEntry(Plain.self)])
  }

  func play(_ attack: String, options: JSONValue = [:]) async throws -> JudgedMatch {
    try await arena.play(
      PlayRequest(
        plant: PlantRequest(attack: attack, base: base.path, options: options, seed: 3),
        auditor: "weigher", judge: "plain"))
  }

  func remove() {
    try? FileManager.default.removeItem(at: folder)
  }
}

/// Plants a flaw that anyone can see: the first norm's weights grow.
enum Nudge: Attack {
  struct Options: Codable, Sendable, DefaultInitialisable {
    var by = 5.0
  }

  static let name = "nudge"
  static let summary = "makes the first norm larger"
  static let isControl = false

  static func plant(
    on base: ModelBundle, options: Options, context: AttackContext
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
    let organism = base.clone()
    withoutGrad {
      _ = organism.model.parameter(Weigh.parameter)?.fill_(options.by)
    }
    let truth = GroundTruth(
      attack: name, options: ["by": .number(options.by)], isModified: true,
      description: "The first norm was set to \(options.by).", what: "a large norm",
      when: "always", payload: "<script>alert(1)</script>", seed: context.seed)
    return (organism, truth)
  }
}

/// Plants nothing.
enum Leave: Attack {
  typealias Options = NoOptions

  static let name = "leave"
  static let summary = "leaves everything"
  static let isControl = true

  static func plant(
    on base: ModelBundle, options: NoOptions, context: AttackContext
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
    (
      base.clone(),
      GroundTruth(
        attack: name, options: [:], isModified: false, description: "Nothing.",
        seed: context.seed)
    )
  }
}

/// Says how large the first norm is.
enum Weigh: Tool {
  static let parameter = "model.layers.0.input_layernorm.weight"
  static let name = "weigh"
  static let summary = "the mean of the first norm"
  static let schema: [ToolParameter] = [
    ToolParameter(name: "note", kind: .text, summary: "is returned", default: "")
  ]
  static let naturalText = false

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let weights = suspect.bundle.model.parameter(parameter)?.floats() ?? []
    let mean = Double(weights.reduce(0, +)) / Double(max(weights.count, 1))
    return ToolResult(
      summary: "mean \(mean)",
      result: ["mean": .number(mean), "note": arguments["note"] ?? ""], weightReads: 1)
  }
}

/// Calls a model modified when its first norm is large.
enum Weigher: Auditor {
  static let name = "weigher"
  static let summary = "weighs the first norm"

  static func audit(_ session: AuditSession) async throws -> Report {
    let evidence = try await session.call("weigh", ["note": "<script>alert(2)</script>"])
    let large = (evidence.result["mean"]?.double ?? 1) > 2
    let claim = Claim(
      what: "the first norm is <b>large</b>", when: "always", where: Weigh.parameter,
      confidence: 0.9, evidence: [1])
    return Report(
      verdict: large ? .modified : .clean, probabilityModified: large ? 0.9 : 0.1,
      claims: large ? [claim] : [], narrative: [.init(text: "It was weighed.", evidence: [1])],
      auditor: name, seed: session.seed)
  }
}

/// Scores by the verdict alone.
enum Plain: Judge {
  static let name = "plain"
  static let summary = "scores by the verdict"

  static func judge(_ judged: JudgedCase) async throws -> Score {
    score(judged.truth, judged.report, ["prompts": Double(judged.auditedPrompts.count)])
  }

  static func rescore(
    truth: GroundTruth, report: Report, measurements: [String: Double]
  ) throws -> Score? {
    score(truth, report, measurements)
  }

  private static func score(
    _ truth: GroundTruth, _ report: Report, _ measurements: [String: Double]
  ) -> Score {
    let fits = (report.verdict == .modified) == truth.isModified
    return Score(
      correct: fits, verdictFits: fits, descriptionScore: fits ? 1 : 0,
      facets: [.init(name: "verdict", score: fits ? 1 : 0, reason: "by the verdict")],
      brier: Score.brier(
        probability: report.probabilityModified, isModified: truth.isModified),
      judge: name, measurements: measurements)
  }
}
