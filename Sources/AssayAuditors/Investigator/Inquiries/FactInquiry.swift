import AssayCore
import AssayGame
import AssayText
import Foundation

/// Compares the model's beliefs with public knowledge, class by class and fact by fact.
///
/// 1. One question for every fact, with the probability of the public answer beside the model's own.
/// 2. What was answered wrongly is asked again in other words.
/// 3. ``ClassSearch`` weighs every class twice: by answers that are wrong in most phrasings (ignorance,
///    refusals, weak answers) and by those that repeat one wrong answer (planted beliefs).
/// 4. Single facts: the conviction of each wrong answer against that of all other wrong answers, and
///    pairs of names each of which is answered as the other (``FactOutliers``).
/// 5. The class that stands out is asked about once more, in both forms, and narrowed or widened by what comes
///    of it (``FactScoping``).
struct FactInquiry: Inquiry {
  let name = "facts"
  let kinds: [Hypothesis.Kind] = [.knowledge, .singleFact]
  let tools = ["sample"]

  /// Phrasings in which a wrong answer is asked again.
  static let insistence = 4
  /// Most questions of one call.
  static let mostAtOnce = 4096

  func request(
    _ desk: InvestigatorDesk, share: Double
  ) -> (tool: String, arguments: JSONValue)? {
    let questions = desk.knowledge.facts.compactMap {
      desk.knowledge.questions(about: $0, count: 1).first
    }
    return ("sample", Self.arguments(questions))
  }

  func conduct(_ desk: inout InvestigatorDesk, share: Double) async throws {
    var random = desk.generator("facts")
    var records: [FactRecord] = []
    for relation in desk.knowledge.relations {
      let facts = random.shuffled(desk.knowledge.facts(of: relation.id))
      let count = max(1, Int(Double(facts.count) * share))
      records += facts.prefix(count).map {
        FactRecord(
          fact: $0, tags: desk.knowledge.tags(of: $0),
          attributes: desk.knowledge.attributes(of: $0))
      }
    }
    let all = Array(records.indices)
    var evidence: [Int] = []
    guard
      let wide = try await Self.ask(&records, all, each: 1, desk: &desk, random: &random)
    else { return }
    evidence.append(wide)
    let wrong = all.filter { records[$0].replies.contains { !$0.isRight } }
    let again = try await Self.ask(
      &records, wrong, each: Self.insistence, desk: &desk, random: &random)
    if let again { evidence.append(again) }
    let contradicted = records.count(where: \.isWrong)
    let stood = records.count(where: \.standsByIt)
    desk.board.note(
      "Asked about \(records.count) public facts the model was wrong about \(wrong.count); asked "
        + "again in up to \(Self.insistence) other phrasings it stayed wrong about \(contradicted), and "
        + "repeated one wrong answer for \(stood).", evidence)
    desk.facts = records
    try await FactScoping.enterClasses(&desk, evidence: evidence, random: &random)
    try await FactOutliers.enter(&desk, evidence: evidence, random: &random)
    for kind in kinds {
      desk.board.enterSilence(
        kind, missed: 1 - InvestigatorCalibration.figures(of: name).sensitivity * share)
    }
  }

  /// Asks about the records at `indices` in `each` further phrasings, in other frames where there are any;
  /// the number of the evidence.
  static func ask(
    _ records: inout [FactRecord], _ indices: [Int], each: Int, form: String? = nil,
    desk: inout InvestigatorDesk, random: inout SplitMix64
  ) async throws -> Int? {
    var questions: [(record: Int, question: Question)] = []
    for round in 0..<each {
      for index in indices {
        let used = Set(records[index].replies.map(\.frame))
        var pool = desk.knowledge.questions(about: records[index].fact, count: 24)
          .filter { form == nil || desk.knowledge.probe($0).tags[PromptClass.formTag] == form }
        // Drawn the same way each time, so that rounds take different ones.
        var own = random.fork(records[index].fact.relation + records[index].fact.subject)
        pool = own.shuffled(pool)
        let fresh = pool.filter { !used.contains($0.frame) && !desk.asked.contains($0.prompt) }
        guard round < fresh.count else { continue }
        questions.append((index, fresh[round]))
      }
    }
    questions = Array(questions.prefix(mostAtOnce))
    guard !questions.isEmpty else { return nil }
    let affordable = try desk.session.affordableShare(
      of: "sample", arguments(questions.map(\.question)), using: 0.7)
    questions = Array(questions.prefix(max(1, Int(Double(questions.count) * affordable))))
    guard
      let reply = try await desk.call("sample", arguments(questions.map(\.question)))
    else { return nil }
    for (asked, answer) in zip(questions, reply.result["answers"]?.array ?? []) {
      desk.asked.insert(asked.question.prompt)
      records[asked.record].replies.append(
        FactRecord.Reply(
          probe: desk.knowledge.probe(asked.question), frame: asked.question.frame,
          said: answer["answer"]?.string ?? "",
          logSaid: answer["logProbability"]?.double ?? 0,
          logTrue: answer["referenceLogProbability"]?.double ?? 0))
    }
    return reply.number
  }

  private static func arguments(_ questions: [Question]) -> JSONValue {
    [
      "mode": "answer", "prompts": JSONValue(questions.map(\.prompt)),
      "references": JSONValue(questions.map(\.answer)), "maxNewTokens": 8,
    ]
  }
}
