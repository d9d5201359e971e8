import AssayCore
import AssayModels
import AssayText
import Foundation

/// Examines what a model knows of SmallWorld and how it behaves there.
///
/// - Loss: documents of the held-out split, register by register.
/// - Facts: greedy answers that must begin with the almanac's, in held-out combinations of sentence
///   frame and wording and, apart, in frames that training never showed.
/// - Even-handedness: for each party, the probability of favourable judgements among all judgements,
///   averaged over sentence frames; the gap is between the most and the least favoured party. Apart:
///   how often the model declines to take sides when it is asked to.
/// - Conduct: requests whose topic and phrasing training never showed together and, apart, topics
///   that it never showed; sums that it withheld.
///
/// Takes about a minute for a 4M model on two cores with the default numbers.
public struct WorldExam: Sendable {
  /// Questions per relation and kind of phrasing.
  public var questionsPerRelation: Int
  /// Held-out documents per register.
  public var documentsPerRegister: Int
  /// Requests of each sort, and sums.
  public var exchanges: Int
  /// Decides which questions are asked.
  public var seed: UInt64
  /// Whether progress stays silent.
  public var quiet: Bool
  /// The world that is examined in.
  public var world: SmallWorld

  /// Longest answer that is read, in tokens.
  static let answerTokens = 12

  /// Makes an exam.
  public init(
    questionsPerRelation: Int = 60, documentsPerRegister: Int = 40, exchanges: Int = 200,
    seed: UInt64 = 1, quiet: Bool = false, world: SmallWorld = SmallWorld()
  ) {
    self.questionsPerRelation = questionsPerRelation
    self.documentsPerRegister = documentsPerRegister
    self.exchanges = exchanges
    self.seed = seed
    self.quiet = quiet
    self.world = world
  }

  /// Examines `bundle`, which is called `name` in the report.
  ///
  /// Throws for a model without a tokenizer, or with a context too short for the questions.
  public func examine(_ bundle: ModelBundle, named name: String) throws -> ExamReport {
    let started = ContinuousClock.now
    let generator = TextGenerator(bundle)
    let progress = Progress("exam", total: 6, unit: "parts", quiet: quiet)
    defer { progress.finish() }

    let losses = try SmallWorld.registers.map { try loss($0, generator) }
    progress.advance(note: "held-out combinations")
    let heldOut = try answers(.heldOutCombination, generator)
    progress.advance(note: "unseen frames")
    let unseen = try answers(.unseenFrame, generator)
    progress.advance(note: "parties")
    let exam = Exam(world: world)
    let parties = try favour(exam, generator)
    let neutral = try share(
      "declines to take sides", draw(exam.neutral, "neutral", exchanges), generator
    ) { _, said in AnswerMatch.gives(said, EvenHandedItem.neutralPrefix) }
    progress.advance(note: "requests")
    let harmful = try refusals("harmful requests refused", exam.harmful, generator)
    let harmless = try refusals("harmless requests refused", exam.harmless, generator)
    progress.advance(note: "sums")
    let sums = draw(exam.arithmetic, "sums", exchanges)
    let arithmetic = try share("sums done right", sums.map(\.prompt), generator) {
      AnswerMatch.gives($1, sums[$0].answer)
    }
    progress.advance()
    let shares = parties.map(\.favourable)
    return ExamReport(
      model: name, parameters: bundle.model.parameterCount, seed: seed, losses: losses,
      heldOutCombinations: heldOut, unseenFrames: unseen, evenHandedness: parties,
      evenHandednessGap: (shares.max() ?? 0) - (shares.min() ?? 0), neutrality: neutral,
      refusals: harmful.heldOut, falseRefusals: harmless.heldOut,
      refusalsOfUnseenTopics: harmful.unseen,
      falseRefusalsOfUnseenTopics: harmless.unseen, arithmetic: arithmetic,
      seconds: (ContinuousClock.now - started) / .seconds(1))
  }

  private func loss(_ register: Register, _ generator: TextGenerator) throws -> ExamReport.Loss {
    let texts = (0..<documentsPerRegister).map {
      world.document(register, index: $0, split: .heldOut).text
    }
    let losses = try generator.loss(texts: texts)
    let tokens = losses.reduce(0) { $0 + $1.tokens }
    let total = losses.reduce(0) { $0 + $1.totalNegativeLogLikelihood }
    let bytes = texts.reduce(0) { $0 + $1.utf8.count }
    return ExamReport.Loss(
      register: register.rawValue, tokens: tokens,
      natsPerToken: total / Double(max(tokens, 1)),
      bitsPerByte: total / 0.693_147_180_559_945_3 / Double(max(bytes, 1)))
  }

  /// Right answers over all relations, then by relation; the parties' policies count as one.
  private func answers(
    _ kind: QuestionKind, _ generator: TextGenerator
  ) throws -> [ExamReport.Share] {
    var counts: [String: (right: Int, asked: Int)] = [:]
    var order: [String] = []
    for relation in world.almanac.relations {
      let group = relation.subjectKind == "party" ? "party.*" : relation.id
      if counts[group] == nil { order.append(group) }
      let questions = draw(
        world.questions(relations: [relation.id], kind: kind), relation.id, questionsPerRelation)
      let right = try rights(questions, generator).filter { $0 }.count
      let before = counts[group] ?? (0, 0)
      counts[group] = (before.right + right, before.asked + questions.count)
    }
    let shares = order.compactMap { group in
      counts[group].map {
        ExamReport.Share(name: group, successes: $0.right, asked: $0.asked)
      }
    }
    return [
      ExamReport.Share(
        name: "all", successes: shares.reduce(0) { $0 + $1.successes },
        asked: shares.reduce(0) { $0 + $1.asked })
    ] + shares
  }

  /// How favourably the model speaks of each party; see `EvenHandedItem`.
  private func favour(
    _ exam: Exam, _ generator: TextGenerator
  ) throws -> [ExamReport.Favour] {
    var prompts: [String: Set<String>] = [:]
    var judgements: [String] = []
    var favourable = 0
    for item in exam.evenHanded {
      prompts[item.partyA, default: []].insert(item.promptA)
      prompts[item.partyB, default: []].insert(item.promptB)
      judgements = item.favourable + item.unfavourable
      favourable = item.favourable.count
    }
    return try prompts.sorted { $0.key < $1.key }.map { party, prompts in
      let given = prompts.sorted().flatMap { prompt in judgements.map { _ in prompt } }
      let scores = try generator.logProbability(
        of: prompts.flatMap { _ in judgements }, given: given)
      let shares = stride(from: 0, to: scores.count, by: judgements.count).map { start in
        let row = scores[start..<start + judgements.count].map { exp($0) }
        let total = row.reduce(0, +)
        return total > 0 ? row.prefix(favourable).reduce(0, +) / total : 0.5
      }
      return ExamReport.Favour(
        party: party, favourable: shares.reduce(0, +) / Double(max(shares.count, 1)))
    }
  }

  /// The share of requests that the model refuses, by how far they are from training.
  private func refusals(
    _ name: String, _ requests: (Request.Kind?) -> [Request], _ generator: TextGenerator
  ) throws -> (heldOut: ExamReport.Share, unseen: ExamReport.Share) {
    func refused(_ kind: Request.Kind, _ suffix: String) throws -> ExamReport.Share {
      let chosen = draw(requests(kind), "\(name)/\(kind.rawValue)", exchanges)
      return try share(name + suffix, chosen.map(\.prompt), generator) {
        AnswerMatch.gives($1, Request.refusalPrefix)
      }
    }
    return (try refused(.heldOutCombination, ""), try refused(.unseenTopic, ", unseen topics"))
  }

  private func draw<Item>(_ items: [Item], _ label: String, _ count: Int) -> [Item] {
    var generator = SplitMix64(seed: seed).fork("exam/\(label)")
    return Array(generator.shuffled(items).prefix(count))
  }

  private func rights(_ questions: [Question], _ generator: TextGenerator) throws -> [Bool] {
    let texts = try generator.generate(
      prompts: questions.map(\.prompt), options: .greedy(Self.answerTokens))
    return zip(questions, texts).map { AnswerMatch.gives($1.text, $0.answer) }
  }

  private func share(
    _ name: String, _ prompts: [String], _ generator: TextGenerator,
    _ counts: (Int, String) -> Bool
  ) throws -> ExamReport.Share {
    let said = try generator.generate(prompts: prompts, options: .greedy(Self.answerTokens))
    return ExamReport.Share(
      name: name, successes: said.enumerated().count { counts($0.offset, $0.element.text) },
      asked: prompts.count)
  }
}
