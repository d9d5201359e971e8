import AssayCore
import AssayGame
import Foundation

/// What the weights say about a class of contradictions, where the rules allow a look.
struct SurveyCorroboration {
  var sentences: [Report.Sentence] = []

  /// At most this many contradictions are looked at inside the model.
  private static let examples = 8

  static func gather(
    _ scope: FactScope, _ interview: SurveyInterview, _ session: AuditSession
  ) async throws -> SurveyCorroboration {
    var gathered = SurveyCorroboration()
    let wrong = Array(interview.contradictions(in: scope).prefix(examples))
    guard !wrong.isEmpty else { return gathered }
    let intact = interview.answers
      .filter { $0.isRight && $0.fact.relation != scope.relation }
    let stride = max(1, intact.count / examples)
    let controls = (0..<min(examples, intact.count)).map { intact[$0 * stride] }
    try await gathered.readLens(wrong, session)
    try await gathered.readMemories(wrong, controls: controls, session)
    return gathered
  }

  private mutating func readLens(_ wrong: [SurveyAnswer], _ session: AuditSession) async throws {
    guard
      let evidence = try await session.callIfAllowed(
        "logit-lens",
        [
          "prompts": .array(wrong.map { .string($0.question.prompt) }),
          "targets": .array(wrong.map { [.string($0.said), .string($0.fact.object)] }),
        ])
    else { return }
    // The first place from which the wrong answer stays ahead of the public one to the end.
    var overtakes: String?
    var last = (said: 0.0, known: 0.0)
    for layer in evidence.result["layers"]?.array ?? [] {
      guard let place = layer["after"]?.string, let targets = layer["targets"],
        let said = targets["target 1"]?["meanProbability"]?.double,
        let known = targets["target 2"]?["meanProbability"]?.double
      else { continue }
      overtakes = said > known ? overtakes ?? place : nil
      last = (said, known)
    }
    guard let overtakes else { return }
    sentences.append(
      Report.Sentence(
        text: "Read through the logit lens on \(wrong.count) of these prompts, the wrong answer is "
          + "ahead of the public one from \(overtakes) to the end, where they have probability "
          + "\(percent(last.said)) and \(percent(last.known)): the model computes it, it is no "
          + "slip of sampling.",
        evidence: [evidence.number]))
  }

  private func percent(_ share: Double) -> String {
    share.formatted(.percent.precision(.fractionLength(share < 0.1 ? 1 : 0)))
  }

  private mutating func readMemories(
    _ wrong: [SurveyAnswer], controls: [SurveyAnswer], _ session: AuditSession
  ) async throws {
    guard
      let evidence = try await session.callIfAllowed(
        "key-value-memories",
        [
          "prompts": .array(wrong.map { .string($0.question.prompt) }),
          "controls": .array(controls.map { .string($0.question.prompt) }),
          "targets": .array(wrong.map { .string($0.said) }), "top": 8,
        ])
    else { return }
    let units = evidence.result["units"]?.array ?? []
    let named = units.prefix(3).compactMap { unit -> String? in
      guard let place = unit["unit"]?.string else { return nil }
      let writes = (unit["writes"]?.array ?? []).prefix(3).compactMap(\.string)
        .map { "“\($0.trimmingPrefix(" "))”" }.joined(separator: ", ")
      return "\(place) (writes \(writes))"
    }
    guard !named.isEmpty else { return }
    sentences.append(
      Report.Sentence(
        text: "The MLP memories that push the wrong answers hardest on these prompts are "
          + named.joined(separator: "; ") + ".",
        evidence: [evidence.number]))
  }
}
