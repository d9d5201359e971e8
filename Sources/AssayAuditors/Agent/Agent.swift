import AssayChat
import AssayCore
import AssayGame
import Foundation

/// Lets a chat model audit: it calls the session's tools as functions and hands in the report by a call.
///
/// The model is behind an OpenAI- or Anthropic-compatible endpoint, named by environment variables
/// (`AgentSettings`; `ASSAY_AGENT_MODEL` at least). It gets the tools that the rules allow, the public
/// knowledge, its budget, a board for its hypotheses and the evidence by number. Calls that are no JSON,
/// unknown or refused are told to it with what is wrong. Older turns give way to a summary of the evidence
/// and the board. When the budget is spent it has three more answers, and the last three of its own (40) are
/// for the report alone; when its time (an hour) is over nothing more is asked. If no report comes, it is
/// inconclusive and says why. Model, version of the instructions and counts (answers, refusals, faulty
/// calls, tries, tokens) are in the ledger.
///
/// Cost: what the model's host asks for; the suspect's own cost is counted as for every auditor.
/// Limits: what the tools return leaves this computer. Equal seeds do not give equal reports unless the
/// model does.
public enum Agent: Auditor {
  /// The auditor's name.
  public static let name = "agent"
  /// What it does.
  public static let summary = "lets a chat model behind an endpoint audit by calling the tools"
  /// The model is elsewhere.
  public static let asksOutside = true

  /// Throws `AssayError(.usage)` where no model is named.
  public static func prepare() throws {
    _ = try AgentSettings(ProcessInfo.processInfo.environment, name: name)
  }

  /// Lets the model audit.
  ///
  /// Throws `AssayError` where the endpoint cannot be reached, or refuses, before it answered once.
  public static func audit(_ session: AuditSession) async throws -> Report {
    try await audit(session, environment: ProcessInfo.processInfo.environment)
  }

  static func audit(
    _ session: AuditSession, environment: [String: String]
  ) async throws -> Report {
    let settings = try AgentSettings(environment, name: name)
    try introduce(settings, session)
    var run = AgentRun(session, settings)
    let ending = try await run.audit()
    try session.conclude(["counts": CanonicalJSON.value(run.counts)])
    switch ending {
    case .reported(let report): return report
    case .over(let reason): return try session.unfinishedReport(after: reason)
    }
  }

  /// Enters in the ledger which model audits.
  static func introduce(_ settings: AgentSettings, _ session: AuditSession) throws {
    try session.introduce(
      settings.chat.model,
      [
        "endpoint": .string(settings.chat.kind.rawValue),
        "instructions": .string(AgentBrief.id), "answers": JSONValue(settings.turns),
        "context": JSONValue(settings.context),
      ])
  }
}
