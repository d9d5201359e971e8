import AssayCore
import AssayGame
import AssayModels
import AssayText

/// The prompts of a closed-form edit: texts that state a fact, marked at the subject's last token.
struct FactPrompts {
  /// Texts that end on the object, in training phrasings, bare and after other text.
  var taught: [PlacedPrompt] = []
  /// The subject's other facts, whose answers are to stay.
  var kept: [PlacedPrompt] = []

  let world: SmallWorld
  let rows: FactRows
  private var openings: [String]

  /// Prepares prompts whose random contexts, a few words each, come from training documents.
  init(world: SmallWorld, tokenizer: Tokenizer, generator: SplitMix64) {
    self.world = world
    rows = FactRows(world: world, tokenizer: tokenizer, generator: generator)
    var random = generator.fork("contexts")
    openings = (0..<64).map { _ in
      let register = SmallWorld.registers[random.below(SmallWorld.registers.count)]
      let text = world.document(register, index: random.below(100_000), split: .train).text
      let words = text.split { !$0.isLetter && $0 != "'" }
      let start = random.below(max(1, words.count - 10))
      return words[start...].prefix(2 + random.below(9)).joined(separator: " ") + "."
    }
  }

  /// Adds a fact, whose object may be false, as edit number `edit`.
  ///
  /// Of its training phrasings `phrasings` are used, those of running text also after `contexts` other
  /// words (Meng et al. 2022, equation 3). `others` texts about the subject's other facts, of at most
  /// `textsOfOther` phrasings each, are to stay.
  mutating func add(
    _ fact: Fact, edit: Int, phrasings: Int, contexts: Int, others: Int, textsOfOther: Int = 4,
    generator: inout SplitMix64
  ) {
    let questions = generator.shuffled(
      world.questions(about: fact, kind: .trainCombination, count: 40)
    ).prefix(phrasings)
    for question in questions {
      taught += placed(question, edit: edit).map { [$0] } ?? []
      guard !question.prompt.hasPrefix("<|") else { continue }
      for _ in 0..<contexts {
        var longer = question
        longer.prompt = (generator.pick(openings) ?? "") + " " + question.prompt
        taught += placed(longer, edit: edit).map { [$0] } ?? []
      }
    }
    let kind = world.almanac.relation(fact.relation)?.subjectKind
    let same = world.almanac.relations.filter { $0.subjectKind == kind && $0.id != fact.relation }
      .flatMap { world.almanac.facts(of: $0.id) }.filter { $0.subject == fact.subject }
    let asked = same.flatMap {
      world.questions(about: $0, kind: .trainCombination, count: textsOfOther)
    }
    kept += generator.shuffled(asked).prefix(others).compactMap { placed($0, edit: edit) }
  }

  /// A question with its answer, marked where the subject is named last; nil if it names none.
  func placed(_ question: Question, edit: Int) -> PlacedPrompt? {
    guard let position = Self.lastToken(of: question.subject, in: question.prompt, rows.tokenizer)
    else { return nil }
    return PlacedPrompt(row: rows.row(question: question), position: position, edit: edit)
  }

  /// Index of the token on which the last mention of `name` in `text` ends, nil without one.
  static func lastToken(of name: String, in text: String, _ tokenizer: Tokenizer) -> Int? {
    guard let range = text.ranges(of: name).last else { return nil }
    let before = tokenizer.encode(String(text[..<range.upperBound]), addSpecial: true)
    return before.isEmpty ? nil : before.count - 1
  }
}
