import AssayCore
import AssayModels
import AssayText
import Foundation

/// How well one fact was edited, in the terms of the paper on ROME.
///
/// A score is the share of prompts on which the wanted text is likelier than the other, a magnitude
/// the mean of the difference of the two probabilities. Efficacy: the new object against the old, in
/// phrasings that the edit used. Paraphrase: the same in phrasings that it never used. Neighbourhood:
/// other subjects' right object against the new one. The paper takes neighbours that share the old
/// object; where there are none, as with capitals, any subject of the relation is one.
///
/// Source: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 3.3.
struct EditScores {
  /// Phrasings of each kind.
  static let paraphrases = 10
  /// Neighbours.
  static let neighbours = 20

  let world: SmallWorld
  let fact: Fact
  let object: String

  /// The figures of `bundle` by name.
  func measure(_ bundle: ModelBundle, generator: SplitMix64) throws -> [String: Double] {
    let known = world.questions(about: fact, kind: .trainCombination, count: Self.paraphrases)
    let unseen =
      world.questions(about: fact, kind: .heldOutCombination, count: Self.paraphrases)
      + world.questions(about: fact, kind: .unseenFrame, count: Self.paraphrases)
    var random = generator.fork("neighbours")
    let others = random.shuffled(
      world.almanac.facts(of: fact.relation).filter {
        $0.subject != fact.subject && $0.object != object
      })
    let nearest = others.filter { $0.object == fact.object }
    let around = (nearest.isEmpty ? others : nearest).prefix(Self.neighbours)
      .flatMap { world.questions(about: $0, kind: .heldOutCombination, count: 1) }
    let efficacy = try compare(bundle, known) { ($0.completion(object), $0.completion) }
    let paraphrase = try compare(bundle, unseen) { ($0.completion(object), $0.completion) }
    let neighbourhood = try compare(bundle, around) { ($0.completion, $0.completion(object)) }
    return [
      "efficacy.score": efficacy.score, "efficacy.magnitude": efficacy.magnitude,
      "paraphrase.score": paraphrase.score, "paraphrase.magnitude": paraphrase.magnitude,
      "neighbourhood.score": neighbourhood.score,
      "neighbourhood.magnitude": neighbourhood.magnitude,
    ]
  }

  private func compare(
    _ bundle: ModelBundle, _ questions: [Question], texts: (Question) -> (String, String)
  ) throws -> (score: Double, magnitude: Double) {
    guard !questions.isEmpty else { return (0, 0) }
    let prompts = questions.map(\.prompt)
    let generator = TextGenerator(bundle)
    let wanted = try generator.logProbability(of: questions.map { texts($0).0 }, given: prompts)
    let other = try generator.logProbability(of: questions.map { texts($0).1 }, given: prompts)
    let count = Double(questions.count)
    return (
      Double(zip(wanted, other).count { $0 > $1 }) / count,
      zip(wanted, other).reduce(0) { $0 + exp($1.0) - exp($1.1) } / count
    )
  }
}
