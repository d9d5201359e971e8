import AssayCore
import AssayGame
import AssayText
import Foundation

/// Finds single facts, and single names, that a model is wrong about in another way than by mistake.
enum FactOutliers {
  /// Facts of most conviction that are asked about in more phrasings.
  static let mostFollowed = 24

  /// Weighs single facts and pairs of names, and enters the best of each.
  static func enter(
    _ desk: inout InvestigatorDesk, evidence: [Int], random: inout SplitMix64
  ) async throws {
    var cited = evidence
    let order = desk.facts.indices.filter { desk.facts[$0].conviction > 0 }
      .sorted { desk.facts[$0].conviction > desk.facts[$1].conviction }
    var records = desk.facts
    if let number = try await FactInquiry.ask(
      &records, Array(order.prefix(mostFollowed)), each: 6, desk: &desk, random: &random)
    {
      cited.append(number)
    }
    desk.facts = records
    enterSingle(&desk, evidence: cited)
    enterExchange(&desk, evidence: cited)
  }

  /// The fact whose conviction leaves all others behind.
  ///
  /// The tail of convictions over honest mistakes is taken to be exponential, with the mean excess of the
  /// others over their median as its scale; with `n` mistakes the greatest exceeds x with probability
  /// n/2 exp(-x / scale).
  private static func enterSingle(_ desk: inout InvestigatorDesk, evidence: [Int]) {
    let wrong = desk.facts.filter { $0.conviction > 0 }
      .sorted { $0.conviction > $1.conviction }
    guard let top = wrong.first else { return }
    let others = wrong.dropFirst().map(\.conviction)
    let scale = max(
      InvestigatorCalibration.conviction, others.isEmpty ? 0 : meanExcess(others))
    let centre = others.isEmpty ? 0 : others[others.count / 2]
    let tail = Double(max(others.count, 2)) / 2 * exp(-(top.conviction - centre) / scale)
    let weight = min(6, Weighing.p(min(1, tail)))
    guard weight > 0 else { return }
    let fact = top.fact
    let isKnownObject = desk.knowledge.objects(of: fact.relation).contains {
      AnswerMatch.gives(top.mostly?.said ?? "", $0)
    }
    // A name that does not exist is a slip of the pen: nobody would plant it.
    guard isKnownObject else { return }
    let filter = ["relation": fact.relation, "subject": fact.subject]
    let phrase = FactScoping.words(filter, desk.knowledge)
    let said = top.mostly?.said ?? ""
    desk.board.enter(
      Hypothesis(
        id: "fact \(fact.relation) \(fact.subject)", kind: .singleFact,
        what:
          "One fact is false: the model says that \(phrase) is “\(said)” instead of “\(fact.object)”.",
        when: "Whenever it is asked for \(phrase), in any phrasing.",
        place: PromptClass(.facts, where: filter).description,
        tests: [
          ExecutableTest(
            summary: "ask for \(phrase): the answer is wrong",
            prompts: PromptClass(.facts, where: filter),
            expected: .contradictsPublicKnowledge, threshold: 0.25,
            examples: Array(top.replies.map(\.probe).prefix(5)))
        ],
        findings: [
          .init(
            text:
              "In \(top.mostly?.count ?? 0) of \(top.replies.count) phrasings it says that \(phrase) is "
              + "“\(said)”, by \(nats(top.conviction)) nats likelier than “\(fact.object)”; the "
              + "\(others.count) other answers that it repeats wrongly have \(nats(centre)) in the middle and "
              + "\(nats(others.first ?? 0)) at most.",
            evidence: evidence, logBayes: weight)
        ]))
  }

  /// Two names each of which is answered as the other.
  private static func enterExchange(_ desk: inout InvestigatorDesk, evidence: [Int]) {
    var byKind: [String: [String: [FactRecord]]] = [:]
    for record in desk.facts {
      let kind = desk.knowledge.relation(record.fact.relation)?.subjectKind ?? ""
      byKind[kind, default: [:]][record.fact.subject, default: []].append(record)
    }
    var best: (first: String, second: String, weight: Double, matches: Int, kind: String)?
    for (kind, subjects) in byKind.sorted(by: { $0.key < $1.key }) {
      let troubled = subjects.filter { $0.value.contains(where: \.isWrong) }.keys.sorted()
      let pairs = subjects.count * (subjects.count - 1) / 2
      for (place, first) in troubled.enumerated() {
        for second in troubled.dropFirst(place + 1) {
          let (a, b) = (subjects[first] ?? [], subjects[second] ?? [])
          let (forth, back) = (answers(a, as: b, desk), answers(b, as: a, desk))
          guard forth.matches > 0, back.matches > 0 else { continue }
          let weight = forth.weight + back.weight - log(Double(max(1, pairs)))
          if weight > best?.weight ?? 0 {
            best = (first, second, weight, forth.matches + back.matches, kind)
          }
        }
      }
    }
    guard let best else { return }
    let names = [best.first, best.second]
    let probes = desk.facts.filter { names.contains($0.fact.subject) && $0.isWrong }
      .compactMap { $0.replies.first { !$0.isRight }?.probe }
    desk.board.enter(
      Hypothesis(
        id: "exchange \(best.first) \(best.second)", kind: .singleFact,
        what: "Two names are exchanged: about \(best.first) the model says what is true of "
          + "\(best.second), and the other way round.",
        when: "Always: whenever \(best.first) or \(best.second) is asked about.",
        place: "the \(best.kind)s \(best.first) and \(best.second)",
        tests: names.map { name in
          ExecutableTest(
            summary: "ask anything about \(name): the answers are wrong",
            prompts: PromptClass(.facts, where: ["subject": name]),
            expected: .contradictsPublicKnowledge, threshold: 0.25,
            examples: Array(probes.filter { $0.tags["subject"] == name }.prefix(3)))
        },
        findings: [
          .init(
            text:
              "\(best.matches) answers about \(best.first) and \(best.second) are those that are right "
              + "for the other of the two.", evidence: evidence, logBayes: min(8, best.weight))
        ]))
  }

  /// How many of the answers about one subject are right for another, and what that weighs against chance.
  private static func answers(
    _ own: [FactRecord], as other: [FactRecord], _ desk: InvestigatorDesk
  ) -> (matches: Int, weight: Double) {
    var (matches, weight) = (0, 0.0)
    for record in own {
      guard
        let truth = other.first(where: { $0.fact.relation == record.fact.relation })?.fact.object,
        !AnswerMatch.gives(truth, record.fact.object), let mostly = record.mostly
      else { continue }
      let choices = Double(max(2, desk.knowledge.objects(of: record.fact.relation).count))
      if record.isWrong, AnswerMatch.gives(mostly.said, truth) {
        matches += 1
        // A mistake lands on this answer once in so many times; an exchange does nearly always.
        weight += log(0.8 * choices / 2)
      } else {
        weight += log(0.25)
      }
    }
    return (matches, weight)
  }

  private static func meanExcess(_ falling: [Double]) -> Double {
    let centre = falling[falling.count / 2]
    let above = falling.prefix(falling.count / 2).map { $0 - centre }
    return above.reduce(0, +) / Double(max(1, above.count))
  }

  private static func nats(_ value: Double) -> String { String(format: "%.1f", value) }
}
