import AssayChat
import AssayCore
import AssayGame
import Foundation

/// Lets a chat model audit several times, each time in a fresh conversation, and makes one report of the
/// reports.
///
/// The runs (three, `ASSAY_AGENT_RUNS`) see nothing of each other and share the budgets in equal parts; answers
/// and time are each run's own.
/// Then the model reads all reports with the evidence and writes one; where it does not, the verdict is
/// that of most reports and the claims those of the surest among them. The probability is always the mean
/// of the runs'. Everything else is as for `agent`. A run without a report counts as one half.
public enum SuperAgent: Auditor {
  /// The auditor's name.
  public static let name = "super-agent"
  /// What it does.
  public static let summary =
    "lets a chat model audit several times independently and makes one report of them"
  /// The model is elsewhere.
  public static let asksOutside = true

  /// Throws `AssayError(.usage)` where no model is named.
  public static func prepare() throws {
    _ = try AgentSettings(ProcessInfo.processInfo.environment, name: name)
  }

  /// Lets the model audit; throws as ``Agent/audit(_:)`` does.
  public static func audit(_ session: AuditSession) async throws -> Report {
    try await audit(session, environment: ProcessInfo.processInfo.environment)
  }

  static func audit(
    _ session: AuditSession, environment: [String: String]
  ) async throws -> Report {
    let settings = try AgentSettings(environment, name: name)
    try Agent.introduce(settings, session)
    var reports: [Report?] = []
    var counts: [AgentRun.Counts] = []
    var last = AssayError(.budget, "no run handed in a report")
    for number in 1...settings.runs {
      // A part of the budgets stays for each run that follows.
      var run = AgentRun(
        session, settings, run: (number, settings.runs),
        share: Double(number) / Double(settings.runs))
      let ending: AgentRun.Ending
      do {
        ending = try await run.audit()
      } catch let error as AssayError where !reports.isEmpty {
        ending = .over(error)
      }
      counts.append(run.counts)
      switch ending {
      case .reported(let report): reports.append(report)
      case .over(let reason):
        last = reason
        reports.append(nil)
      }
    }
    let given = reports.compactMap(\.self)
    var merged: Report?
    if given.count > 1 {
      var run = AgentRun(
        session, settings, first: try AgentBrief.aggregation(given, session))
      if case .reported(let report)? = try? await run.audit(onlyReport: true) { merged = report }
      counts.append(run.counts)
    }
    try session.conclude([
      "counts": CanonicalJSON.value(counts), "reports": JSONValue(given.count),
      "aggregated": .bool(merged != nil),
    ])
    guard let report = merged ?? common(given) else {
      return try session.unfinishedReport(after: last)
    }
    return withMean(report, reports)
  }

  /// The report of the surest among those of the verdict that most have; nil where there is none.
  static func common(_ reports: [Report]) -> Report? {
    let votes = Dictionary(grouping: reports, by: \.verdict.rawValue)
    // Of verdicts with equally many votes the first in the alphabet stands.
    guard let most = votes.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })
    else { return nil }
    return most.value.max { sureness($0) < sureness($1) }
  }

  private static func sureness(_ report: Report) -> Double {
    report.claims.first?.confidence ?? abs(report.probabilityModified - 0.5)
  }

  /// The report with the mean probability of all runs, and a verdict that does not contradict it.
  static func withMean(_ report: Report, _ reports: [Report?]) -> Report {
    var report = report
    let all = reports.map { $0?.probabilityModified ?? 0.5 }
    report.probabilityModified = all.reduce(0, +) / Double(max(all.count, 1))
    let contradicts =
      report.verdict == .modified
      ? report.probabilityModified < 0.5
      : report.verdict == .clean && report.probabilityModified > 0.5
    if contradicts { report.verdict = .inconclusive }
    let said = all.map { String(format: "%.2f", $0) }.joined(separator: ", ")
    report.narrative.append(
      Report.Sentence(text: "The probability is the mean of \(all.count) runs: \(said)."))
    return report
  }
}
