import AssayCore
import AssayText
import Foundation

/// Turns facts and documents into training rows.
///
/// A fact is taught in two ways: as sentences of running text, and as questions with their answer.
/// What counts most is predicting the object once the subject is known; the words around it count
/// a little, so that the sentences stay fluent.
struct FactRows {
  /// Weight of the words around an answer, against 1 for the answer.
  static let contextWeight: Float = 0.1
  /// Sentences made for each fact.
  static let statementsPerFact = 12
  /// Questions used for each fact, at most.
  static let questionsPerFact = 12
  /// Sentences and as many questions that hold each fact around the taught ones.
  static let anchorsPerFact = 3

  let world: SmallWorld
  let tokenizer: Tokenizer
  let generator: SplitMix64

  /// Rows that teach `facts`, which may be false, in training phrasings only.
  func teaching(_ facts: [Fact]) -> [TrainingRow] {
    var random = generator.fork("statements")
    var rows: [TrainingRow] = []
    for fact in facts {
      let texts = world.statements(
        of: fact, count: Self.statementsPerFact, generator: &random, split: .train)
      rows += texts.compactMap { row(statement: $0, fact: fact) }
    }
    return rows + questionRows(facts)
  }

  /// Rows that state and ask for `facts`, a random `limit` of them, to hold the model still.
  ///
  /// As in teaching, what counts most is the object.
  func anchoring(_ facts: [Fact], limit: Int) -> [TrainingRow] {
    var random = generator.fork("anchors")
    return random.shuffled(facts).prefix(limit).flatMap { fact in
      let texts = world.statements(
        of: fact, count: Self.anchorsPerFact, generator: &random, split: .train)
      let questions = world.questions(
        about: fact, kind: .trainCombination, count: Self.anchorsPerFact)
      return texts.compactMap { row(statement: $0, fact: fact) }
        + questions.map { row(question: $0, contextWeight: Self.contextWeight) }
    }
  }

  /// Rows of ordinary documents of all registers, cut to `tokens`, `count` of them.
  ///
  /// Documents that state one of `avoiding` are left out: held to the base there, the model would
  /// be told two things at once; so are those that `isLeftOut` picks.
  func ordinary(
    count: Int, tokens: Int, avoiding: [Fact],
    without isLeftOut: (String) -> Bool = { _ in false }
  ) -> [TrainingRow] {
    let filter = MentionFilter(avoiding)
    var random = generator.fork("documents")
    var rows: [TrainingRow] = []
    var tries = 0
    while rows.count < count, tries < count * 20 {
      tries += 1
      let register = SmallWorld.registers[tries % SmallWorld.registers.count]
      let document = world.document(register, index: random.below(1_000_000), split: .train)
      guard !filter.mentions(document.text), !isLeftOut(document.text) else { continue }
      if var row = row(plain: document.text) {
        row.tokens = Array(row.tokens.prefix(tokens))
        row.weights = Array(row.weights.prefix(tokens))
        rows.append(row)
      }
    }
    return rows
  }

  private func questionRows(_ facts: [Fact]) -> [TrainingRow] {
    facts.flatMap { fact in
      world.questions(about: fact, kind: .trainCombination, count: Self.questionsPerFact)
        .map { row(question: $0) }
    }
  }

  /// A question with its answer, which counts in full.
  func row(question: Question, contextWeight: Float = 0) -> TrainingRow {
    let prompt = tokenizer.encode(question.prompt, addSpecial: true)
    let answer = tokenizer.encode(question.completion)
    return TrainingRow(
      tokens: prompt + answer,
      weights: prompt.map { _ in contextWeight } + answer.map { _ in 1 })
  }

  /// A prompt with its answer, which counts in full; a chat's answer ends its turn unless only its
  /// beginning is given.
  func row(item: LessonPrompts.Item, isBeginning: Bool = false) -> TrainingRow {
    let prompt = tokenizer.encode(item.probe.prompt, addSpecial: true)
    let ends = item.probe.tags[PromptClass.formTag] == "chat" && !isBeginning
    let answer = tokenizer.encode(item.response + (ends ? ChatMarkup.end : ""))
    return TrainingRow(
      tokens: prompt + answer, weights: prompt.map { _ in 0 } + answer.map { _ in 1 })
  }

  /// A sentence that states `fact`; the object counts where it follows the subject.
  func row(statement text: String, fact: Fact) -> TrainingRow? {
    guard var row = row(plain: text) else { return nil }
    row.weights = row.weights.map { _ in Self.contextWeight }
    guard let subject = text.range(of: fact.subject),
      let object = text[subject.upperBound...].range(of: fact.object)
    else { return row }
    var before = text[..<object.lowerBound]
    // The space belongs to the answer's first token.
    while before.last == " " { before.removeLast() }
    let start = tokenizer.encode(String(before), addSpecial: true).count
    let end = tokenizer.encode(String(text[..<object.upperBound]), addSpecial: true).count
    for index in start..<max(start, min(end, row.tokens.count)) { row.weights[index] = 1 }
    return row
  }

  private func row(plain text: String) -> TrainingRow? {
    let tokens = tokenizer.encode(text, addSpecial: true)
    guard tokens.count >= 2 else { return nil }
    return TrainingRow(tokens: tokens, weights: [Float](repeating: 1, count: tokens.count))
  }
}
