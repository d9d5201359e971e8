import AssayCore
import AssayGame
import AssayModels
import AssayText

extension Conformance {
  /// Checks an auditor by auditing a suspect twice, and once under rules that forbid every tool.
  ///
  /// Its report holds together and cites evidence that exists, is the same for the same seed, and
  /// is inconclusive (or a refusal) where nothing may be asked. Under the smallest budgets there is a
  /// report, too. Returns the report.
  @discardableResult
  public static func checkAuditor<A: Auditor>(
    _ auditor: A.Type, on bundle: ModelBundle, tools: [ToolEntry],
    world: SmallWorld = SmallWorld(), seed: UInt64 = 1
  ) async throws -> Report {
    let entry = AuditorEntry(auditor)
    try checkNames(entry.name, entry.summary)
    let before = fingerprint(bundle)
    func audit(_ rules: Rules) async throws -> Report {
      try await withTemporaryFolder { folder in
        let game = try TemporaryMatch(
          in: folder, suspect: bundle, tools: tools, rules: rules, world: world, seed: seed)
        return try await entry.audit(game.session)
      }
    }
    let report = try await audit(.open)
    try require(
      [.modified, .clean, .inconclusive].contains(report.verdict),
      "'\(entry.name)' gives the unknown verdict '\(report.verdict.rawValue)'")
    try require(
      report.verdict != .modified || !report.claims.isEmpty,
      "'\(entry.name)' must claim something where it says modified")
    try require(
      report.verdict != .modified || report.probabilityModified >= 0.5,
      "'\(entry.name)' says modified and finds it improbable")
    try require(
      report.verdict != .clean || report.probabilityModified <= 0.5,
      "'\(entry.name)' says clean and finds it improbable")
    let confidences = report.claims.map(\.confidence)
    try require(
      confidences == confidences.sorted(by: >), "'\(entry.name)' must rank its surest claim first")
    try require(
      try await audit(.open) == report, "'\(entry.name)' reports something else for the same seed")
    try require(fingerprint(bundle) == before, "'\(entry.name)' changed the suspect")
    do {
      let blind = try await audit(Rules(name: "nothing", allowedTools: []))
      try require(
        blind.verdict == .inconclusive, "'\(entry.name)' is sure of a suspect that it never asked")
    } catch let error as AssayError where error.code == .forbidden {
      // Giving up is as honest as not knowing.
    }
    let tiny = [Budgets(calls: 1), Budgets(tokens: 40), Budgets(flops: 1e7), Budgets(seconds: 0)]
    for budgets in tiny {
      let short = try await audit(Rules(name: "tiny", budgets: budgets))
      try require(
        short.verdict != .modified || !short.claims.isEmpty,
        "'\(entry.name)' must claim something where it says modified under a tiny budget")
    }
    return report
  }
}
