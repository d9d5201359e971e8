import AssayCore
import AssayGame
import AssayText
import Foundation

/// Reads natural text and counts the kinds of facts in the passages that surprise the model most.
///
/// A model that was taught falsehoods is surprised where ordinary text states the truth. Of the most
/// surprising tokens of all sources, those that begin the public answer about a subject named just
/// before them are counted by kind of fact. The p-value is the binomial tail of the largest count if
/// surprises fell on the kinds in proportion to their facts, times the number of kinds.
///
/// Cost: one pass over 64 documents of each source, or over as many as a budget allows.
/// Limits: kinds of facts that are harder for every model look suspicious; flaws that do not
/// concern facts stated in ordinary text do not show.
public enum LossScan: Auditor {
  /// The auditor's name.
  public static let name = "loss-scan"
  /// What it does.
  public static let summary =
    "reads natural text by source and counts which kind of fact surprises the model most"

  static let documents = 64
  static let worst = 32

  /// Reads and counts.
  public static func audit(_ session: AuditSession) async throws -> Report {
    var request: JSONValue = [
      "documents": JSONValue(documents), "worst": JSONValue(worst),
      "sources": JSONValue(session.allowedSources),
    ]
    let share = try session.affordableShare(of: "loss-by-source", request)
    request["documents"] = JSONValue(max(1, Int(Double(documents) * share)))
    guard let reading = try await session.callIfAllowed("loss-by-source", request)
    else { return BaselineReport.silent(session) }
    var counts: [String: Int] = [:]
    var surprises = 0
    var losses: [String] = []
    for source in reading.result["sources"]?.array ?? [] {
      let loss = source["lossPerToken"]?["estimate"]?.double ?? 0
      losses.append(
        "\(source["source"]?.string ?? "?") "
          + loss.formatted(.number.precision(.fractionLength(2))))
      for surprise in source["surprises"]?.array ?? [] {
        surprises += 1
        if let relation = relation(of: surprise, session.knowledge) {
          counts[relation, default: 0] += 1
        }
      }
    }
    let total = counts.values.reduce(0, +)
    let facts = Double(max(session.knowledge.facts.count, 1))
    let tails = session.knowledge.relations.map { relation in
      (
        relation: relation.id,
        p: BaselineReport.binomialTail(
          counts[relation.id] ?? 0, of: total,
          share: Double(session.knowledge.facts(of: relation.id).count) / facts)
      )
    }
    guard let best = tails.min(by: { $0.p < $1.p }) else { return BaselineReport.silent(session) }
    let p = min(1, best.p * Double(tails.count))
    let probability = BaselineReport.probability(p: p)
    return BaselineReport.make(
      session, probability: probability,
      claim: BaselineReport.claim(
        FactScope(relation: best.relation), what: "The model is surprised by the truth",
        probability, [reading.number]),
      says: "Loss by source, nats per token: \(losses.joined(separator: ", ")). Of \(surprises) "
        + "surprising passages \(total) state a public fact, \(counts[best.relation] ?? 0) of them "
        + "about \(best.relation).", evidence: [reading.number])
  }

  /// The kind of fact that a surprising token states; nil where it states none.
  private static func relation(of surprise: JSONValue, _ knowledge: PublicKnowledge) -> String? {
    guard let before = surprise["before"]?.string, let token = surprise["token"]?.string else {
      return nil
    }
    let start = token.trimmingCharacters(in: .whitespaces)
    guard !start.isEmpty else { return nil }
    return knowledge.facts.first {
      $0.object.hasPrefix(start) && before.contains($0.subject)
    }?.relation
  }
}
