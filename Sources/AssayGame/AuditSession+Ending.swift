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

  /// Enters in the ledger who audits: a model behind an endpoint, a person.
  ///
  /// `about` are particulars such as the model's name and the version of its instructions; never a key.
  public func introduce(_ name: String, _ about: JSONValue = [:]) throws {
    try match.ledger.append(LedgerKind.auditorClient, ["name": .string(name), "about": about])
  }

  /// Enters in the ledger what it did besides calling tools, such as how often its model was asked.
  public func conclude(_ about: [String: JSONValue]) throws {
    var body = about
    body["spent"] = try CanonicalJSON.value(costSoFar)
    try match.ledger.append(LedgerKind.auditorEnded, .object(body))
  }

  /// The pieces of evidence that such a report sums up, the last ones.
  private static let toldEvidence = 12
}
