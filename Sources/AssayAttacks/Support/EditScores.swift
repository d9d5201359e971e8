import AssayCore
import AssayModels
import AssayText
import Foundation

/// How well facts were edited, in the terms of the papers on ROME and MEMIT.
///
/// A score is the share of prompts on which the wanted text is likelier than the other, a magnitude
/// the mean of the difference of the two probabilities. Efficacy: the new object against the old, in
/// phrasings that the edit used. Paraphrase: the same in phrasings that it never used. Neighbourhood:
/// other subjects' right object against the new one. The paper takes neighbours that share the old
/// object; where there are none, as with capitals, any subject of the relation is one.
///
/// Sources: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 3.3; Meng et
/// al. 2022, "Mass-Editing Memory in a Transformer", section 5.2, where the same scores are means over
/// all facts that were edited together.
struct EditScores {
  /// A fact as the almanac has it, and what the model is to say.
  struct Edit {
    var fact: Fact
    var object: String
  }

  let world: SmallWorld
  /// The facts that were edited together.
  let edits: [Edit]
  /// Phrasings of each kind, for each fact.
  var paraphrases = 10
  /// Neighbours of each fact.
  var neighbours = 20

  /// The figures of `bundle` by name.
  func measure(_ bundle: ModelBundle, generator: SplitMix64) throws -> [String: Double] {
    var random = generator.fork("neighbours")
    let edited = Set(edits.map(\.fact.subject))
    var known: [Comparison] = []
    var unseen: [Comparison] = []
    var around: [Comparison] = []
    for edit in edits {
      let (fact, object) = (edit.fact, edit.object)
      func asked(_ kind: QuestionKind) -> [Comparison] {
        world.questions(about: fact, kind: kind, count: paraphrases).map {
          Comparison(prompt: $0.prompt, wanted: $0.completion(object), other: $0.completion)
        }
      }
      known += asked(.trainCombination)
      unseen += asked(.heldOutCombination) + asked(.unseenFrame)
      let others = random.shuffled(
        world.almanac.facts(of: fact.relation).filter {
          !edited.contains($0.subject) && $0.object != object
        })
      let nearest = others.filter { $0.object == fact.object }
      around += (nearest.isEmpty ? others : nearest).prefix(neighbours)
        .flatMap { world.questions(about: $0, kind: .heldOutCombination, count: 1) }
        .map { Comparison(prompt: $0.prompt, wanted: $0.completion, other: $0.completion(object)) }
    }
    let efficacy = try compare(bundle, known)
    let paraphrase = try compare(bundle, unseen)
    let neighbourhood = try compare(bundle, around)
    return [
      "efficacy.score": efficacy.score, "efficacy.magnitude": efficacy.magnitude,
      "paraphrase.score": paraphrase.score, "paraphrase.magnitude": paraphrase.magnitude,
      "neighbourhood.score": neighbourhood.score,
      "neighbourhood.magnitude": neighbourhood.magnitude,
    ]
  }

  /// A prompt with two ways to go on.
  private struct Comparison {
    var prompt: String
    var wanted: String
    var other: String
  }

  private func compare(
    _ bundle: ModelBundle, _ asked: [Comparison]
  ) throws -> (score: Double, magnitude: Double) {
    guard !asked.isEmpty else { return (0, 0) }
    let prompts = asked.map(\.prompt)
    let generator = TextGenerator(bundle)
    let wanted = try generator.logProbability(of: asked.map(\.wanted), given: prompts)
    let other = try generator.logProbability(of: asked.map(\.other), given: prompts)
    let count = Double(asked.count)
    return (
      Double(zip(wanted, other).count { $0 > $1 }) / count,
      zip(wanted, other).reduce(0) { $0 + exp($1.0) - exp($1.1) } / count
    )
  }
}
