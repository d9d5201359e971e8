import AssayCore
import AssayStore
import Foundation

/// Plays a tournament with every tool and then without some; run again, it goes on where it was stopped.
///
/// With every tool it is the tournament itself, the same that `TournamentRun` plays. What is played without
/// tools is one more tournament for each auditor, on the same organisms with the same seeds, under rules that
/// deny the tools. It grows when further tools or pairs are asked for: nothing is played twice.
///
/// An arm is played on every organism, those too on which its tool was never called: whether a tool is there
/// can decide what an auditor does before it calls it.
public struct AblationRun: Sendable {
  private let settings: TournamentSettings
  private let auditors: [String]
  private let tools: [String]?
  private let pairs: Bool
  private let arena: Arena
  private let executable: URL
  private let workers: Int?
  private let retriesFailures: Bool
  private let full: TournamentRun

  /// Prepares the ablation of `settings`; `executable` is the `assay` program.
  ///
  /// `auditors` of the settings are picked, and the others' matches stay open; where one of them is not among
  /// these, they take their place, which makes another tournament. Nil is all of the settings'.
  ///
  /// `tools` nil are those that an auditor called at least once with every tool. With `pairs` each two of them
  /// are taken away together as well.
  ///
  /// Throws `AssayError(.badInput)` naming a tool that there is not or that the rules deny anyway, and whatever
  /// else does not exist.
  public init(
    _ settings: TournamentSettings, auditors: [String]? = nil, tools: [String]? = nil,
    pairs: Bool = false, arena: Arena, executable: URL, workers: Int? = nil,
    retriesFailures: Bool = false
  ) throws {
    let picked = auditors ?? settings.auditors
    guard Set(picked).count == picked.count else {
      throw AssayError(.badInput, "an auditor is named twice", hint: "name it once")
    }
    var settings = settings
    if !picked.allSatisfy(settings.auditors.contains) { settings.auditors = picked }
    self.settings = settings
    self.auditors = settings.auditors.filter(picked.contains)
    self.tools = tools
    self.pairs = pairs
    self.arena = arena
    self.executable = executable
    self.workers = workers
    self.retriesFailures = retriesFailures
    full = try TournamentRun(
      settings, arena: arena, executable: executable, workers: workers,
      retriesFailures: retriesFailures
    ) { picked.contains($0.auditor) }
    if let tools {
      try AblationArms.check(tools, rules: settings.rules, pairs: pairs, arena: arena)
    }
  }

  /// The folder of the tournament with every tool.
  public var place: TournamentFolder { full.folder }

  /// What a reader of the report should know before it is played.
  public var warnings: [String] { full.warnings }

  /// Plays what is not over yet and reports; `announce` is told what is left once every tool was played with.
  ///
  /// Throws `AssayError(.forbidden)` while another run is at work on it, `.notFound` where no match with every
  /// tool has a result, and `.badInput` where no auditor has a tool to lose.
  public func run(
    announce: @Sendable (AblationOutlook) -> Void = { _ in }
  ) async throws -> AblationReport {
    _ = try await full.run()
    let data = try TournamentData(full.folder).only(auditors)
    guard !data.entries.isEmpty else {
      throw AssayError(
        .notFound, "no match of tournament '\(data.plan.id)' has a result to compare with",
        hint: data.failed.first.map { "the first failed: \($0.failure.reason)" })
    }
    let calls = try ToolCalls(data, store: arena.store)
    let arms = try AblationArms(
      data.contestants, calls: calls, chosen: tools, pairs: pairs, arena: arena)
    guard !arms.arms.isEmpty else {
      throw AssayError(
        .badInput,
        "there is no tool to take away: \(arms.idle.joined(separator: ", ")) called none",
        hint: "choose other auditors with --auditor, or name tools with --tools")
    }
    let runs = try auditors.compactMap { auditor in
      try self.run(of: arms.arms.filter { $0.auditor == auditor })
    }
    announce(try outlook(data, arms, runs))
    for run in runs { _ = try await run.run() }
    return AblationReport(
      data, without: try runs.map { try TournamentData($0.folder) }, calls: calls, arms: arms)
  }

  /// The tournament that holds the arms of one auditor; nil where it has none.
  private func run(of arms: [AblationArm]) throws -> TournamentRun? {
    guard let auditor = arms.first?.auditor else { return nil }
    let wanted = Set(arms.map(\.ownRules))
    return try TournamentRun(
      Self.settings(of: arms, by: auditor, settings, store: arena.store), arena: arena,
      executable: executable, workers: workers, retriesFailures: retriesFailures
    ) { wanted.contains($0.rules) }
  }

  /// What the tournament of an auditor's arms is played with: it keeps the arms that it has already.
  static func settings(
    of arms: [AblationArm], by auditor: String, _ settings: TournamentSettings, store: MatchStore
  ) throws -> TournamentSettings {
    var own = settings
    // An id has 64 characters at most.
    own.name = "\(settings.name.prefix(24))-\(auditor.prefix(16))-without"
    own.auditors = [auditor]
    own.organismsOf = try settings.id()
    own.rules = []
    let folder = try TournamentFolder(own.id(), in: store)
    if FileManager.default.fileExists(atPath: folder.planFile.path) {
      own.rules = try folder.plan().settings.rules
    }
    for arm in arms where !own.rules.contains(arm.ownRules) { own.rules.append(arm.ownRules) }
    return own
  }

  private func outlook(
    _ data: TournamentData, _ arms: AblationArms, _ runs: [TournamentRun]
  ) throws -> AblationOutlook {
    let planted = Set(data.plantings.values.filter { $0.organism != nil }.map(\.slot))
    let rules = Dictionary(arms.arms.map { ("\($0.auditor)\n\($0.ownRules)", $0.rules) }) { $1 }
    var (matches, left, seconds) = (0, 0, 0.0)
    for run in runs {
      for match in run.plan.matches where planted.contains(match.organism) {
        guard let whole = rules["\(match.auditor)\n\(match.rules)"] else { continue }
        matches += 1
        guard try run.folder.outcome(match.slot) == nil else { continue }
        left += 1
        seconds += Self.seconds(data, match.auditor, whole)
      }
    }
    return AblationOutlook(
      tools: arms.arms.count { $0.tools.count == 1 }, pairs: arms.arms.count { $0.tools.count > 1 },
      matches: matches, left: left, workers: full.workers,
      seconds: seconds / Double(max(1, min(full.workers, left))), idle: arms.idle)
  }

  /// The mean length of a match of `auditor` with every tool, audit and judging.
  private static func seconds(_ data: TournamentData, _ auditor: String, _ rules: String) -> Double
  {
    let own = data.entries.first { $0.key.auditor == auditor && $0.key.rules == rules }?.value ?? []
    let total = own.reduce(0) { $0 + $1.result.seconds.audit + $1.result.seconds.judge }
    return total / Double(max(1, own.count))
  }
}
