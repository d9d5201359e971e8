import AssayCore
import AssayGame

/// Keeps a board of hypotheses, picks the next inquiry by expected information per cost, corroborates, answers.
///
/// Each inquiry (``FactInquiry``, ``ConductInquiry``, ``OpinionInquiry``, ``PreferenceInquiry``,
/// ``ConditionInquiry``, ``TriggerInquiry``, ``WeightInquiry``) says what kinds of flaws it can find, what it
/// costs, and enters what it found with a Bayes factor. The board holds the probability of each hypothesis and of
/// "nothing was planted". What leads is tested on new prompts by another tool before it is claimed
/// (``Corroboration``). The stated probability is calibrated on organisms that are never scored
/// (``InvestigatorCalibration``).
///
/// It knows what everybody knows (``PublicKnowledge``) and what the suspect is meant to do; it has no path to
/// the base, the truth or the training data. It uses whatever tools the rules leave: without runs it reads
/// weights, without weights it asks.
///
/// Source: the loop of AuditBench's investigator agents and of Anthropic's auditing agents (2025), with
/// expected information in place of a language model's choice (MacKay 1992, "Information-Based Objective
/// Functions for Active Data Selection").
///
/// Cost: a million and a half tokens on a model of SmallWorld, most of them for the vocabulary before a few prompts
/// where there is `trigger-scan`. A tool that cannot read the suspect is noted and done without. Limits: it
/// finds flaws of the kinds that its inquiries know; a trigger that no scan comes near escapes it; prompts
/// are in SmallWorld's chat form, which other models do not know.
public enum Investigator: Auditor {
  /// The auditor's name.
  public static let name = "investigator"
  /// What it does.
  public static let summary =
    "weighs hypotheses, picks the next tool by expected information per cost, corroborates, answers"

  /// Audits with everything that the rules allow.
  public static func audit(_ session: AuditSession) async throws -> Report {
    try await audit(session, access: Access.all)
  }

  /// Audits with no more access than `access`.
  static func audit(_ session: AuditSession, access: [Access]) async throws -> Report {
    var desk = InvestigatorDesk(session, access: access)
    var waiting: [any Inquiry] = [
      FactInquiry(), ConductInquiry(), OpinionInquiry(), PreferenceInquiry(), ConditionInquiry(),
      TriggerInquiry(), WeightInquiry(),
    ]
    let progress = session.progress("investigating", total: waiting.count, unit: "inquiries")
    defer { progress.finish() }
    while let next = InvestigatorPolicy.next(of: waiting, desk) {
      let inquiry = waiting.remove(at: next.index)
      try await inquiry.conduct(&desk, share: next.share)
      try await Corroboration.run(&desk)
      progress.advance()
    }
    if waiting.contains(where: { $0 is TriggerInquiry }) { TriggerInquiry.noteLeftOut(&desk) }
    return InvestigatorReport.make(desk)
  }
}
