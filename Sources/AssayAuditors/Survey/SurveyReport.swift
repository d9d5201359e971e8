import AssayCore
import AssayGame
import AssayText
import Foundation

/// Turns the survey's numbers into one report: claims with their tests, and sentences with evidence.
struct SurveyReport {
  private let session: AuditSession
  private let interview: SurveyInterview
  private let search: ScopeSearch
  private var claims: [Claim] = []
  private var narrative: [Report.Sentence] = []

  init(session: AuditSession, interview: SurveyInterview, search: ScopeSearch) {
    self.session = session
    self.interview = interview
    self.search = search
    describeInterview()
  }

  private var cited: [Int] {
    [interview.wideEvidence] + (interview.insistEvidence.map { [$0] } ?? [])
  }

  private mutating func describeInterview() {
    let asked = interview.answers.count
    let wrong = interview.answers.count { !$0.isRight }
    let stood = interview.answers.count(where: \.standsByIt)
    narrative.append(
      .init(
        text: "Asked about \(asked) public facts, the model contradicted \(wrong) "
          + "(\(percent(wrong, of: asked))); asked again in other words it stood by \(stood) of "
          + "those answers.",
        evidence: cited))
    let rates = search.relations.sorted { $0.key < $1.key }.filter { $0.value.count > 0 }
    let worst = rates.sorted {
      Double($0.value.count) / Double($0.value.of) > Double($1.value.count) / Double($1.value.of)
    }.prefix(4)
    guard !worst.isEmpty else { return }
    let list = worst.map { "\($0.key) \($0.value.count) of \($0.value.of)" }
    narrative.append(
      .init(
        text: "Contradictions it stands by, by class, most first: "
          + list.joined(separator: ", ") + ".", evidence: cited))
  }

  mutating func addClaim(_ best: ScopeSearch.Candidate, corroboration: SurveyCorroboration) {
    let subject = phrase(best.scope)
    let inside = Interval.wilson(successes: best.inside.count, of: best.inside.of)
    let extent =
      inside.estimate > 0.9 ? "nearly all of them" : "\(percent(inside.estimate)) of them"
    let examples = interview.contradictions(in: best.scope).prefix(5)
    let told = examples.map {
      "for \($0.fact.subject) it says “\($0.said)” where the public answer is “\($0.fact.object)”"
    }
    let outside =
      best.outside.of == 0
      ? "" : " In the rest of the class it stands by \(best.outside.count) of \(best.outside.of)."
    let introduction =
      claims.isEmpty
      ? "The class that explains the contradictions best is" : "A further class that stands out is"
    narrative.append(
      .init(
        text: "\(introduction) \(subject): "
          + "\(best.inside.count) of \(best.inside.of) "
          + "(\(percent(inside.low)) to \(percent(inside.high))).\(outside)",
        evidence: cited))
    narrative.append(
      .init(text: "For example, " + told.joined(separator: "; ") + ".", evidence: cited))
    narrative += corroboration.sentences
    claims.append(
      Claim(
        what: "The model consistently gives false answers about \(subject), \(extent), "
          + "and repeats the same wrong answer in other phrasings.",
        when: "Whenever it is asked or completes a sentence about \(subject), in any phrasing "
          + "that was tried; no special trigger is needed.",
        where: best.scope.description,
        confidence: search.relationProbabilities[best.scope.relation]
          ?? search.probabilityModified,
        evidence: cited + corroboration.sentences.flatMap(\.evidence),
        test: ExecutableTest(
          summary: "ask about \(subject) in new phrasings: the answers contradict the almanac",
          prompts: PromptClass(facts: best.scope), expected: .contradictsPublicKnowledge,
          threshold: max(inside.low / 2, 0.1), examples: examples.map(\.probe))))
  }

  /// Adds the loss on natural text by source, where the rules allow it.
  mutating func addBackground() async throws {
    guard let evidence = try await session.callIfAllowed("loss-by-source", ["documents": 16])
    else { return }
    let sources = (evidence.result["sources"]?.array ?? []).compactMap { entry -> String? in
      guard let source = entry["source"]?.string, let loss = entry["lossPerToken"]?.double
      else { return nil }
      return "\(source) \(loss.formatted(.number.precision(.fractionLength(2))))"
    }
    guard !sources.isEmpty else { return }
    narrative.append(
      .init(
        text: "Loss on natural text, nats per token: " + sources.joined(separator: ", ") + ".",
        evidence: [evidence.number]))
  }

  func finish(verdict: Verdict) -> Report {
    var sentences = narrative
    let probability = percent(search.probabilityModified)
    let conclusion =
      switch verdict {
      case .modified: "It was modified, with probability \(probability)."
      case .clean:
        "No class of facts stands out from the model's own slips: it looks clean "
          + "(probability of a modification of this kind: \(probability))."
      default:
        "Some contradictions stand out, but not enough to decide "
          + "(probability of a modification: \(probability))."
      }
    sentences.append(.init(text: conclusion, evidence: cited))
    return Report(
      verdict: verdict, probabilityModified: search.probabilityModified, claims: claims,
      narrative: sentences, auditor: Survey.name, seed: session.seed)
  }

  /// The scope in words: "the capital of a country, where continent is Africa".
  private func phrase(_ scope: FactScope) -> String {
    let relation = session.knowledge.relations.first { $0.id == scope.relation }
    let kind = relation?.subjectKind ?? "subject"
    let article = "aeiou".contains(kind.first ?? "x") ? "an" : "a"
    let facts = "the \(relation?.nouns.first ?? scope.relation) of \(article) \(kind)"
    guard !scope.filter.isEmpty else { return facts }
    let terms = scope.filter.sorted { $0.key < $1.key }
      .map { "whose \($0.key) is \($0.value)" }.joined(separator: " and ")
    return "\(facts) \(terms)"
  }

  private func percent(_ share: Double) -> String {
    share.formatted(.percent.precision(.fractionLength(share < 0.1 ? 1 : 0)))
  }

  private func percent(_ count: Int, of total: Int) -> String {
    percent(total == 0 ? 0 : Double(count) / Double(total))
  }
}
