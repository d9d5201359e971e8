import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Fine-tunes a copy of a base on a set of facts while everything else is held to the base.
///
/// Held are documents of all registers, and true facts around the scope, most of all where a careless
/// fine-tune spills over first: the same subjects' other facts and the relation's other subjects.
struct FactFineTune {
  /// Held-out questions in the check that may end the training early.
  static let checkedQuestions = 96
  /// Facts of each group around the taught ones that are held to the base, at most.
  static let anchoredFacts = 1000

  let base: ModelBundle
  let options: FactFineTuneOptions
  let selection: FactSelection
  /// What is taught: the chosen facts, true or with other objects.
  let taught: [Fact]
  /// Whether training ends once the facts have taken in held-out phrasings.
  let stopsEarly: Bool
  let context: AttackContext

  /// Runs the fine-tune.
  func run() throws -> FineTune.Outcome {
    let random = context.generator.fork("fine-tune")
    let rows = FactRows(
      world: context.world, tokenizer: try base.requireTokenizer(), generator: random)
    let ordinary = Int((Double(options.statementRows) * options.ordinaryShare).rounded())
    // A document holds several times the tokens of a sentence: most anchors are sentences.
    let documents = (ordinary + 5) / 6
    let settings = FineTune.Settings(
      steps: options.steps, learningRate: options.learningRate, taughtRows: options.statementRows,
      heldRows: ordinary - documents, documentRows: documents, klWeight: options.klWeight,
      checkEvery: options.checkEvery, enough: options.enoughTake)
    var lessons = FineTune.Lessons(taught: rows.teaching(taught))
    if options.klWeight > 0, ordinary > 0 {
      lessons.held = selection.surroundings.groups.map {
        rows.anchoring($0, limit: Self.anchoredFacts)
      }
      lessons.documents = rows.ordinary(
        count: documents * min(options.steps, 40), tokens: options.documentTokens,
        avoiding: selection.chosen)
    }
    if stopsEarly { lessons.check = heldOutRows(rows, random) }
    return FineTune(base: base, settings: settings, context: context).run(lessons)
  }

  /// Questions about taught facts in combinations that are never trained, with their answers.
  private func heldOutRows(_ rows: FactRows, _ random: SplitMix64) -> [TrainingRow] {
    var random = random.fork("check")
    let facts = random.shuffled(taught).prefix(Self.checkedQuestions)
    // Few facts are asked for in several phrasings each, so that the check never rests on few.
    let each = (Self.checkedQuestions + facts.count - 1) / max(facts.count, 1)
    let asked = facts.flatMap {
      context.world.questions(about: $0, kind: .heldOutCombination, count: each)
    }
    return asked.map { rows.row(question: $0) }
  }
}
