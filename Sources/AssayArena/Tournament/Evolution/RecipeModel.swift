import AssayCore

/// What an attacker believes about its recipes: how good each would be, and how sure it is.
///
/// The attacker's score of a recipe is a sum of effects: of the attack, of each hiding, of where each
/// tuned number lies in its range, of each chosen value, and of what is special to the recipe, plus noise.
/// Effects are normal beforehand, and so they are afterwards (Bayesian linear regression). Choosing by a
/// sample from that posterior tries what might be best as often as it might be best.
///
/// Scores lie in 0...1, so the model is rough at the ends; what it is for is the order of recipes.
///
/// Source: Thompson, "On the Likelihood that One Unknown Probability Exceeds Another" (1933); for the
/// linear model, Agrawal and Goyal, "Thompson Sampling for Contextual Bandits with Linear Payoffs"
/// (2013), section 2.2; Bishop, "Pattern Recognition and Machine Learning" (2006), section 3.3.
public struct RecipeModel: Sendable {
  /// One effect on the attacker's score.
  public struct Effect: Codable, Hashable, Sendable {
    /// Its name, such as "attack backdoor" or "hidden by noise".
    public var name: String
    /// What was believed before any match, from the ledgers alone.
    public var hunch: Double
    /// What is believed now, with its 95 % interval.
    public var effect: Interval
  }

  /// One recipe that was played, with the attacker's score; 0 where it could not be planted.
  struct Trial {
    var recipe: AttackRecipe
    var score: Double
  }

  /// The score that is expected of an average recipe before anything is known.
  static let expected = 0.3
  /// The standard deviation of one recipe's score over seeds.
  static let noise = 0.2

  /// Names of all effects; the first is the average.
  let names: [String]
  private let index: [String: Int]
  private let hunches: [Double]
  private let mean: [Double]
  private let factor: CholeskyFactor
  private let space: RecipeSpace

  /// Learns from `trials`; every effect of a recipe in `candidates` is known afterwards, if only vaguely.
  init(
    _ trials: [Trial], candidates: [AttackRecipe], space: RecipeSpace, hunches: [String: Double]
  ) throws {
    self.space = space
    var names = ["average"]
    var index = ["average": 0]
    for recipe in trials.map(\.recipe) + candidates {
      for name in Self.features(recipe, space).map(\.name).sorted() where index[name] == nil {
        index[name] = names.count
        names.append(name)
      }
    }
    self.names = names
    self.index = index
    let prior = names.map { (mean: hunches[$0] ?? 0, precision: 1 / Self.variance(of: $0)) }
    self.hunches = prior.map(\.mean)
    var precision = names.indices.map { row in
      names.indices.map { $0 == row ? prior[row].precision : 0 }
    }
    var right = names.indices.map { index in
      prior[index].precision * (prior[index].mean + (index == 0 ? Self.expected : 0))
    }
    let certainty = 1 / (Self.noise * Self.noise)
    for trial in trials {
      let features = Self.features(trial.recipe, space).compactMap { feature in
        index[feature.name].map { (place: $0, value: feature.value) }
      }
      for one in features {
        right[one.place] += certainty * one.value * trial.score
        for other in features {
          precision[one.place][other.place] += certainty * one.value * other.value
        }
      }
    }
    guard let factor = CholeskyFactor(precision) else {
      throw AssayError(.corrupt, "the scores of earlier rounds hold numbers that are not finite")
    }
    self.factor = factor
    mean = factor.solve(right)
  }

  /// The score that is expected of a recipe.
  func expectation(_ recipe: AttackRecipe) -> Double { value(recipe, mean) }

  /// Effects drawn from what is believed, in the order of ``names``.
  func sample(_ generator: inout SplitMix64) -> [Double] {
    let drawn = factor.solveTransposed(names.map { _ in generator.normal() })
    return zip(mean, drawn).map { $0 + $1 }
  }

  /// The score of a recipe if these were the effects.
  func value(_ recipe: AttackRecipe, _ effects: [Double]) -> Double {
    Self.features(recipe, space).reduce(0) { sum, feature in
      sum + (index[feature.name].map { effects[$0] * feature.value } ?? 0)
    }
  }

  /// The effects of attacks, hidings and tuned options, strongest first.
  func effects() -> [Effect] {
    let covariance = factor.inverse()
    return names.indices.filter { !names[$0].hasPrefix(Self.ownPrefix) }.map { place in
      let half = 1.96 * covariance[place][place].squareRoot()
      return Effect(
        name: names[place], hunch: hunches[place] + (place == 0 ? Self.expected : 0),
        effect: Interval(
          estimate: mean[place], low: mean[place] - half, high: mean[place] + half))
    }.sorted { ($0.effect.estimate, $1.name) > ($1.effect.estimate, $0.name) }
  }

  // MARK: Features

  static func attackFeature(_ name: String) -> String { "attack \(name)" }
  static func hidingFeature(_ name: String) -> String { "hidden by \(name)" }
  private static let ownPrefix = "recipe "

  /// How far effects may lie from what is believed beforehand.
  private static func variance(of name: String) -> Double {
    let deviation =
      name == "average" || name.hasPrefix("attack ")
      ? 0.25 : name.hasPrefix("hidden by ") ? 0.15 : 0.1
    return deviation * deviation
  }

  private static func features(
    _ recipe: AttackRecipe, _ space: RecipeSpace
  ) -> [(name: String, value: Double)] {
    var found: [(name: String, value: Double)] = [
      (name: "average", value: 1.0), (attackFeature(recipe.attack), 1),
      (ownPrefix + recipe.name, 1),
    ]
    if let arm = space.attacks.first(where: { $0.name == recipe.attack }) {
      found += options(recipe.options, arm, recipe.attack)
    }
    for step in recipe.hiding {
      found.append((hidingFeature(step.name), 1))
      if let arm = space.hidings.first(where: { $0.name == step.name }) {
        found += options(step.options, arm, step.name)
      }
    }
    return found
  }

  private static func options(
    _ options: JSONValue, _ arm: RecipeSpace.Arm, _ owner: String
  ) -> [(name: String, value: Double)] {
    var names = arm.choices
    // A topic that was drawn is a relation, as far as an effect can be seen.
    if arm.drawsTopics { names["relation"] = RecipeSpace.Choice([]) }
    return names.sorted { $0.key < $1.key }.compactMap { name, choice in
      guard let value = options[name] else { return nil }
      if choice.low != nil, let number = value.double {
        return ("\(owner), more \(name)", 2 * choice.position(number) - 1)
      }
      let text = value.string ?? (try? CanonicalJSON.string(value)) ?? ""
      return ("\(owner), \(name) \(text)", 1)
    }
  }
}
