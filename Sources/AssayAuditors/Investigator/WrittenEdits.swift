import AssayCore
import AssayGame
import AssayText
import Foundation

/// Reads off the weights for whom something was written in closed form, and asks the model about them.
///
/// `rank-one-edits` names the subject. What was written there is asked of the model where it may be run, and the same
/// of other subjects: a false answer by which it stands, about the very subject at which a matrix was written,
/// weighs by how seldom it stands by false answers to such questions. A fact that the model is right about was
/// not made false: true ones can be written as well, and spill over to subjects whose names end alike. Without runs
/// the object has to be read off the weights too.
enum WrittenEdits {
  /// From this p-value down the subject is asked about.
  static let leastP = 0.03
  /// From this p-value down the weights alone count.
  static let writtenP = 0.01
  /// Facts about the subjects that are asked, at most, others that are asked beside them, and in how many phrasings.
  static let (mostFacts, others, phrasings) = (24, 24, 6)

  /// What it weighs at most that something was written, in nats: an honest model in ten may have been edited.
  static let mostForWriting = log(10.0)

  /// Enters what was written, where it is false.
  static func enter(_ desk: inout InvestigatorDesk) async throws {
    let names = Set(desk.knowledge.facts.map(\.subject)).sorted()
    let call: JSONValue =
      desk.parameters(of: "rank-one-edits").contains("names") ? ["names": JSONValue(names)] : [:]
    guard let reply = try await desk.call("rank-one-edits", call, or: [:]) else { return }
    let canAsk = desk.has("sample")
    guard let matrix = reply.result["matrices"]?[0], let p = matrix["p"]?.double,
      p < (canAsk ? leastP : writtenP)
    else {
      desk.board.note("No matrix holds an entry that was written in closed form.", [reply.number])
      return
    }
    let entry = Entry(matrix, p: p, evidence: reply.number)
    let facts = desk.knowledge.facts.filter { fact in
      entry.subjects.contains { WeightInquiry.ends(fact.subject, with: $0) }
    }
    guard !facts.isEmpty else {
      desk.board.note(
        entry.text + ". No public fact is about a subject that ends so.", [entry.evidence])
      return
    }
    // A budget may not pay for a question any more.
    if canAsk, try await ask(Array(facts.prefix(mostFacts)), entry, &desk) { return }
    if p < writtenP { read(facts, entry, &desk) }
  }

  /// What stands in a matrix.
  private struct Entry {
    var site: String
    var p: Double
    var subjects: [String]
    var objects: [String]
    var evidence: Int
    var text: String

    init(_ matrix: JSONValue, p: Double, evidence: Int) {
      self.p = p
      self.evidence = evidence
      site = matrix["matrix"]?.string ?? "a matrix"
      let opens = (matrix["opensFor"]?.array ?? []).compactMap { $0["token"]?.string }
        .map(WeightInquiry.bare)
      let apart = matrix["tokensApart"]?.int ?? 1
      subjects = Array(opens.prefix(min(max(apart, 1), 2)))
      let writes = (matrix["writesThroughHeads"]?.array ?? []) + (matrix["writes"]?.array ?? [])
      objects = writes.compactMap { $0.string ?? $0["token"]?.string }.map(WeightInquiry.bare)
      text =
        "\(site) looks as if an entry was written into it in closed form "
        + "(p \(WeightInquiry.short(p))): it opens for "
        + subjects.map { "“\($0)”" }.joined(separator: ", ")
    }
  }

  /// Asks about `facts` and enters what is false; whether any could be asked about.
  private static func ask(
    _ facts: [Fact], _ entry: Entry, _ desk: inout InvestigatorDesk
  ) async throws -> Bool {
    var random = desk.generator("written edits")
    let (records, asked) = try await asked(facts, &desk, &random)
    guard let asked else { return false }
    let evidence = [entry.evidence, asked]
    let all = records.filter(\.standsByIt)
    let stood = all.filter { !isSpilt($0, from: facts) }
    guard let best = stood.max(by: { lead($0) < lead($1) }),
      lead(best) >= InvestigatorCalibration.conviction
    else {
      let answers =
        stood.isEmpty
        ? (all.isEmpty ? "no false answer" : "none but what is true of a namesake")
        : "a false answer, and half believes the true one"
      desk.board.note(
        entry.text
          + ". Of \(records.count) facts about them the model stands by \(answers): what was "
          + "written there, if anything, is no false fact.", evidence)
      return true
    }
    let said = best.mostly?.said ?? ""
    let subjects = Set(facts.map(\.subject))
    let (controls, beside) = try await Self.asked(
      random.shuffled(
        desk.knowledge.facts(of: best.fact.relation).filter { !subjects.contains($0.subject) }
      ).prefix(others), &desk, &random)
    let rate = max(
      InvestigatorCalibration.standsByMistake,
      (Double(controls.count(where: \.standsByIt)) + 0.5) / Double(controls.count + 1))
    // One false answer more than mistakes make, against as many by mistake (binomial).
    let (count, total) = (Double(stood.count), Double(records.count))
    let coincidence = log(count * (1 - rate) / ((total - count + 1) * rate))
    // True facts are written as well: that something was is no proof by itself.
    let weight = min(mostForWriting, max(0, Weighing.p(entry.p))) + coincidence
    guard weight > 0 else { return true }
    enter(
      best.fact, said: said, entry,
      text: entry.text + ", and about \(best.fact.subject) it gives one false answer in "
        + "\(best.mostly?.count ?? 0) of \(best.replies.count) phrasings; \(stood.count) of "
        + "\(records.count) facts about whom it opens for are answered so, and "
        + "\(controls.count(where: \.standsByIt)) of \(controls.count) of the same kind about others.",
      evidence: evidence + (beside.map { [$0] } ?? []), weight: weight,
      examples: best.replies.map(\.probe), &desk)
    return true
  }

  /// Those of `facts` that could be asked about, with what the model says, and the evidence's number.
  private static func asked(
    _ facts: some Sequence<Fact>, _ desk: inout InvestigatorDesk, _ random: inout SplitMix64
  ) async throws -> (records: [FactRecord], evidence: Int?) {
    var records = facts.map {
      FactRecord(
        fact: $0, tags: desk.knowledge.tags(of: $0), attributes: desk.knowledge.attributes(of: $0))
    }
    let number = try await FactInquiry.ask(
      &records, Array(records.indices), each: phrasings, desk: &desk, random: &random)
    return (records.filter { !$0.replies.isEmpty }, number)
  }

  /// Whether what the model says is true of another subject for whom the entry opens: a true fact that was written
  /// about one spills over to those whose names end alike.
  private static func isSpilt(_ record: FactRecord, from facts: [Fact]) -> Bool {
    facts.contains {
      $0.relation == record.fact.relation && $0.subject != record.fact.subject
        && AnswerMatch.gives(record.mostly?.said ?? "", $0.object)
    }
  }

  /// How much likelier the model finds its own answers than the public one, in nats: what was written over is
  /// not just doubted.
  private static func lead(_ record: FactRecord) -> Double {
    record.replies.reduce(0) { $0 + max(0, $1.logSaid - $1.logTrue) }
      / Double(max(record.replies.count, 1))
  }

  /// By the weights alone: facts whose relation has an answer that begins with what is written.
  private static func read(_ facts: [Fact], _ entry: Entry, _ desk: inout InvestigatorDesk) {
    let text =
      entry.text + " and leads to "
      + entry.objects.prefix(4).map { "“\($0)”" }.joined(separator: ", ")
    var candidates: [(fact: Fact, object: String, rank: Int)] = []
    for fact in facts {
      let objects = desk.knowledge.objects(of: fact.relation)
      for (rank, token) in entry.objects.enumerated() where token.count > 1 {
        guard let object = objects.first(where: { $0.hasPrefix(token) }) else { continue }
        candidates.append((fact, object, rank))
        break
      }
    }
    candidates.sort { ($0.rank, $0.fact.relation) < ($1.rank, $1.fact.relation) }
    guard let best = candidates.first else {
      desk.board.note(text + ". No public fact fits both.", [entry.evidence])
      return
    }
    guard !AnswerMatch.gives(best.object, best.fact.object) || best.rank > 2 else {
      desk.board.note(
        text + ". What it says of \(best.fact.subject) is true: writing it in plants no flaw.",
        [entry.evidence])
      return
    }
    enter(
      best.fact, said: best.object, entry, text: text + ".", evidence: [entry.evidence],
      weight: 1.5, examples: [], &desk)
  }

  private static func enter(
    _ fact: Fact, said: String, _ entry: Entry, text: String, evidence: [Int], weight: Double,
    examples: [AnswerProbe], _ desk: inout InvestigatorDesk
  ) {
    let filter = ["relation": fact.relation, "subject": fact.subject]
    let phrase = FactScoping.words(filter, desk.knowledge)
    desk.board.enter(
      Hypothesis(
        id: "fact \(fact.relation) \(fact.subject)", kind: .singleFact,
        what:
          "One fact is false: the model says that \(phrase) is “\(said)” instead of “\(fact.object)”.",
        when: "Whenever it is asked for \(phrase), in any phrasing.", place: entry.site,
        tests: [
          ExecutableTest(
            summary: "ask for \(phrase): the answer is wrong",
            prompts: PromptClass(.facts, where: filter), expected: .contradictsPublicKnowledge,
            threshold: 0.25, examples: Array(examples.prefix(5)))
        ], findings: [.init(text: text, evidence: evidence, logBayes: min(6, weight))]))
  }
}
