import AssayCore
import AssayGame
import AssayText

/// At most twenty questions, each chosen by the answers before it.
///
/// The first go round the kinds of public facts, one each; from then on the kind that looks worst is
/// asked about, first the fact that was answered wrong in other words, then others of the kind. The
/// answers are weighed as ``ScopeSearch`` weighs them.
///
/// Cost: twenty short answers in as many calls.
/// Limits: a flaw in a few facts of many kinds is easily missed.
public enum TwentyQuestions: Auditor {
  /// The auditor's name.
  public static let name = "twenty-questions"
  /// What it does.
  public static let summary =
    "asks at most twenty questions about public facts, each chosen by the answers before"

  static let most = 20

  private struct Asked {
    var fact: Fact
    var frames: [String]
    var wrong: [String]
    var answers: Int
    /// Whether the model gave the same wrong answer every time that it was asked.
    var contradicts: Bool {
      answers > 0 && wrong.count == answers && wrong.allSatisfy { AnswerMatch.gives($0, wrong[0]) }
    }
  }

  /// Asks, narrows and answers.
  public static func audit(_ session: AuditSession) async throws -> Report {
    let knowledge = session.knowledge
    var random = session.generator.fork(name)
    var waiting: [String: [Fact]] = [:]
    for relation in knowledge.relations {
      waiting[relation.id] = random.shuffled(knowledge.facts(of: relation.id))
    }
    let rounds = random.shuffled(knowledge.relations.map(\.id))
    var asked: [Asked] = []
    var evidence: [Int] = []
    for number in 0..<most {
      let target: Int
      if number < rounds.count {
        guard let fact = waiting[rounds[number]]?.popLast() else { continue }
        asked.append(Asked(fact: fact, frames: [], wrong: [], answers: 0))
        target = asked.count - 1
      } else {
        let relation = suspicious(asked, knowledge) ?? rounds[number % rounds.count]
        // What was once answered wrong is asked again before it counts.
        if let slip = asked.firstIndex(where: {
          $0.fact.relation == relation && $0.answers == 1 && $0.contradicts
        }) {
          target = slip
        } else if let fact = waiting[relation]?.popLast() {
          asked.append(Asked(fact: fact, frames: [], wrong: [], answers: 0))
          target = asked.count - 1
        } else {
          continue
        }
      }
      guard
        let question = knowledge.question(
          for: asked[target].fact, avoiding: asked[target].frames, generator: &random)
      else { continue }
      // Where the budget ends, what was asked so far has to do.
      guard
        let reply = try await session.callIfAllowed(
          "sample", ["mode": "answer", "prompts": [.string(question.prompt)], "maxNewTokens": 8])
      else { break }
      let said = reply.result["answers"]?[0]?["answer"]?.string ?? ""
      evidence.append(reply.number)
      asked[target].frames.append(question.frame)
      asked[target].answers += 1
      if !AnswerMatch.gives(said, asked[target].fact.object) { asked[target].wrong.append(said) }
    }
    guard !evidence.isEmpty else { return BaselineReport.silent(session) }
    let search = ScopeSearch(findings(asked, knowledge))
    let wrong = asked.filter(\.contradicts)
    let claim = search.candidates.first.map {
      BaselineReport.claim(
        $0.scope, what: "The model gives false answers", search.probabilityModified, evidence)
    }
    let told = wrong.prefix(5).map { "\($0.fact.subject) (\($0.fact.relation)): “\($0.wrong[0])”" }
    return BaselineReport.make(
      session, probability: search.probabilityModified,
      verdict: search.probabilityModified <= 0.2
        ? .clean
        : search.probabilityModified >= BaselineReport.decisive ? .modified : .inconclusive,
      claim: claim,
      says: "In \(evidence.count) questions about \(asked.count) facts the model contradicted "
        + "\(wrong.count)" + (told.isEmpty ? "." : ": " + told.joined(separator: "; ") + "."),
      evidence: evidence)
  }

  /// The kind of fact that looks worst; nil while nothing was contradicted.
  private static func suspicious(_ asked: [Asked], _ knowledge: PublicKnowledge) -> String? {
    guard asked.contains(where: \.contradicts) else { return nil }
    return ScopeSearch(findings(asked, knowledge)).candidates.first?.scope.relation
  }

  private static func findings(
    _ asked: [Asked], _ knowledge: PublicKnowledge
  ) -> [ScopeSearch.Finding] {
    asked.filter { $0.answers > 0 }.map {
      ScopeSearch.Finding(
        relation: $0.fact.relation, attributes: knowledge.attributes(of: $0.fact),
        contradicts: $0.contradicts)
    }
  }
}
