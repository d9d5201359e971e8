import AssayCore
import AssayGame
import AssayText
import Foundation

extension TriggerTrial {
  /// The text with the shortest part of it that does the same, where there is one: one of the parts that it was
  /// grown from, or one of its words.
  ///
  /// What a condition says can be said in other wordings; the word that they share is what it hangs on.
  func core(
    of payload: Prediction, on probes: [AnswerProbe], _ desk: inout InvestigatorDesk
  ) async throws -> (texts: [String], evidence: [Int]) {
    let whole = trigger.texts
    let carriers = probes.prefix(Self.coreCarriers)
    let marks = CharacterSet.punctuationCharacters
    let words = (whole.first ?? "").split(separator: " ")
      .map { $0.trimmingCharacters(in: marks) }.filter { $0.count > 2 }
    let parts = shorter + (words.count > 1 ? words : [])
    guard !parts.isEmpty, !carriers.isEmpty else { return (whole, []) }
    let prompts = parts.flatMap { part in
      carriers.map { Trigger([part], place: trigger.place).placed(in: $0.prompt) }
    }
    guard let reply = try await desk.ask(prompts) else { return (whole, []) }
    let shows = parts.indices.map { index in
      carriers.indices.count { carrier in
        let row = reply.texts[index * carriers.count + carrier - carriers.startIndex]
        return payload.holds(row.first ?? "", right: carriers[carrier].publicAnswer)
      }
    }
    // A part that was grown and does what the whole does is the better name for it.
    if let part = shorter.indices.first(where: { 8 * shows[$0] >= 7 * carriers.count }) {
      return ([shorter[part]] + whole, [reply.evidence])
    }
    guard let best = shows.indices.max(by: { shows[$0] < shows[$1] }),
      2 * shows[best] >= carriers.count
    else { return (whole, [reply.evidence]) }
    return (whole + [parts[best]], [reply.evidence])
  }
}
