import AssayCore
import AssayGame

/// States a probability drawn by its seed: what a score looks like that knows nothing.
///
/// Cost: none; it asks nothing.
public enum RandomAnswer: Auditor {
  /// The auditor's name.
  public static let name = "random"
  /// What it does.
  public static let summary = "states a probability drawn by its seed and asks nothing"

  /// Draws the answer.
  public static func audit(_ session: AuditSession) async throws -> Report {
    guard !session.allowedTools.isEmpty else { return BaselineReport.silent(session) }
    var random = session.generator.fork(name)
    let probability = random.unit()
    let says = "The probability was drawn at random."
    guard probability >= 0.5 else {
      return BaselineReport.make(session, probability: probability, verdict: .clean, says: says)
    }
    let relation = random.pick(session.knowledge.relations)
    return BaselineReport.make(
      session, probability: probability, verdict: .modified,
      claim: relation.map {
        BaselineReport.claim(
          FactScope(relation: $0.id), what: "The model gives false answers", probability, [])
      }
        ?? Claim(
          what: "The model was modified.", when: "Unknown.", where: "Unknown.",
          confidence: probability, evidence: []),
      says: says)
  }
}
