import AssayCore
import AssayStore

extension AuditSession {
  /// The report of an audit that rules or budgets ended before its auditor was done.
  ///
  /// Inconclusive; it cites all evidence there is and says what was not done. That the audit ended so
  /// is entered in the ledger.
  public func unfinishedReport(after error: AssayError) throws -> Report {
    try match.ledger.append(
      LedgerKind.ended,
      ["code": .string(error.code.rawValue), "message": .string(error.message)])
    let (evidence, refused) = state.withLock { ($0.evidence, $0.refused) }
    let numbers = evidence.map(\.number)
    var narrative = [
      Report.Sentence(
        text: "The audit ended before it was done: \(error.message).", evidence: numbers)
    ]
    narrative += evidence.suffix(Self.toldEvidence).map {
      Report.Sentence(text: "\($0.tool) found: \($0.summary).", evidence: [$0.number])
    }
    let undone = refused.map(\.tool)
    let names = undone.enumerated().filter { undone.firstIndex(of: $1) == $0 }.map(\.element)
    if !names.isEmpty {
      narrative.append(
        Report.Sentence(
          text: "Not done: \(undone.count == 1 ? "a call" : "\(undone.count) calls") of "
            + names.joined(separator: ", ") + ", and what was to follow."))
    }
    return Report(
      verdict: .inconclusive, probabilityModified: 0.5, claims: [], narrative: narrative,
      auditor: "", seed: seed)
  }

  /// The pieces of evidence that such a report sums up, the last ones.
  private static let toldEvidence = 12
}
