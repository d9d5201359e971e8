import AssayCore
import AssayGame

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
    var layers: [String: Int] = [:]
    var order: [String] = []
    var overtakes = 0
    for prompt in evidence.result["prompts"]?.array ?? [] {
      let readings = prompt["layers"]?.array ?? []
      for reading in readings where !order.contains(reading["site"]?.string ?? "") {
        order.append(reading["site"]?.string ?? "")
      }
      // the first site from which the wrong answer stays ahead of the public one to the end
      var ahead: String?
      for reading in readings {
        let targets = reading["targets"]?.array ?? []
        guard targets.count == 2, let said = targets[0]["logProbability"]?.double,
          let known = targets[1]["logProbability"]?.double
        else { continue }
        if said > known { ahead = ahead ?? reading["site"]?.string } else { ahead = nil }
      }
      if let ahead {
        overtakes += 1
        layers[ahead, default: 0] += 1
      }
    }
    guard overtakes > 0, let usual = order.max(by: { layers[$0, default: 0] < layers[$1, default: 0] })
    else { return }
    sentences.append(
      Report.Sentence(
        text: "Read through the logit lens, the wrong answer is ahead of the public one for good "
          + "in \(overtakes) of \(wrong.count) prompts, most often from \(usual) on: the model "
          + "computes it with confidence, it is not a slip of sampling.",
        evidence: [evidence.number]))
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
      guard let layer = unit["layer"]?.int, let index = unit["unit"]?.int else { return nil }
      let writes = (unit["writes"]?.array ?? []).prefix(3).compactMap(\.string)
        .map { "“\($0.trimmingPrefix(" "))”" }.joined(separator: ", ")
      return "unit \(index) of block \(layer) (writes \(writes))"
    }
    guard !named.isEmpty else { return }
    sentences.append(
      Report.Sentence(
        text: "The MLP memories that push the wrong answers hardest on these prompts are "
          + named.joined(separator: "; ") + ".",
        evidence: [evidence.number]))
  }
}
