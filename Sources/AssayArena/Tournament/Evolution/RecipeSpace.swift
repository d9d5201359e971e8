import AssayCore
import AssayGame
import Foundation

/// Everything that an attacker may choose from.
///
/// Drawing and mutating use the generator that is handed in alone: the same seed gives the same recipes.
public struct RecipeSpace: Codable, Hashable, Sendable {
  /// Numbers between two ends, or one of some values.
  public struct Choice: Codable, Hashable, Sendable {
    /// The lower end; nil for values.
    public var low: Double?
    /// The upper end; nil for values.
    public var high: Double?
    /// Whether only whole numbers are meant.
    public var isWhole = false
    /// The values; empty for numbers between two ends.
    public var values: [JSONValue] = []

    /// Numbers from `low` to `high`.
    public init(from low: Double, to high: Double, isWhole: Bool = false) {
      self.low = low
      self.high = high
      self.isWhole = isWhole
    }

    /// One of some values.
    public init(_ values: [JSONValue]) {
      self.values = values
    }
  }

  /// One attack, or one way of hiding, with what may be chosen about it.
  public struct Arm: Codable, Hashable, Sendable {
    /// The attack's or hiding's name.
    public var name: String
    /// Options that all of its recipes share.
    public var options: JSONValue
    /// Options that are drawn and mutated.
    public var choices: [String: Choice]
    /// Whether relation and filter of the attack are drawn, too.
    public var drawsTopics: Bool

    /// Makes an arm.
    public init(
      _ name: String, options: JSONValue = [:], choices: [String: Choice] = [:],
      drawsTopics: Bool = false
    ) {
      self.name = name
      self.options = options
      self.choices = choices
      self.drawsTopics = drawsTopics
    }
  }

  /// The attacks.
  public var attacks: [Arm]
  /// The ways of hiding.
  public var hidings: [Arm]
  /// Hidings of one recipe, at most.
  public var mostHidings: Int

  /// Makes a space.
  public init(attacks: [Arm], hidings: [Arm] = [], mostHidings: Int = 1) {
    self.attacks = attacks
    self.hidings = hidings
    self.mostHidings = mostHidings
  }

  /// A recipe of the arm `attack`, its options and hidings drawn evenly.
  func draw(
    _ attack: Arm, arena: Arena, generator: inout SplitMix64
  ) throws -> AttackRecipe {
    var options = attack.options
    for (name, choice) in attack.choices.sorted(by: { $0.key < $1.key }) {
      options[name] = choice.draw(&generator)
    }
    if attack.drawsTopics {
      options = try topic(into: options, of: attack, arena: arena, generator: &generator)
    }
    let count = hidings.isEmpty ? 0 : generator.below(mostHidings + 1)
    let hiding = generator.shuffled(hidings).prefix(count).map { arm in
      request(arm, generator: &generator)
    }
    return AttackRecipe(attack: attack.name, options: options, hiding: hiding)
  }

  /// `recipe` with its numbers moved a little, now and then another value, topic or hiding.
  ///
  /// A number moves by a normal step of a fifth of its range (of the range's logarithm where that spans a
  /// factor of ten); every other choice is drawn anew with a chance of 3 in 10.
  func mutate(
    _ recipe: AttackRecipe, arena: Arena, generator: inout SplitMix64
  ) throws -> AttackRecipe {
    guard let arm = attacks.first(where: { $0.name == recipe.attack }) else { return recipe }
    var changed = recipe
    changed.options = Self.moved(recipe.options, arm, &generator)
    if arm.drawsTopics, generator.unit() < Self.redrawing {
      changed.options = try topic(
        into: changed.options, of: arm, arena: arena, generator: &generator)
    }
    changed.hiding = recipe.hiding.map { step in
      guard let own = hidings.first(where: { $0.name == step.name }) else { return step }
      return HidingRequest(step.name, options: Self.moved(step.options, own, &generator))
    }
    if generator.unit() < Self.redrawing { changeHiding(of: &changed, &generator) }
    return changed
  }

  private static let redrawing = 0.3

  private func changeHiding(of recipe: inout AttackRecipe, _ generator: inout SplitMix64) {
    let used = Set(recipe.hiding.map(\.name))
    let others = hidings.filter { !used.contains($0.name) }
    // Dropping one, adding one or swapping one, as far as there is room.
    if !recipe.hiding.isEmpty, others.isEmpty || generator.unit() < 0.5 {
      recipe.hiding.remove(at: generator.below(recipe.hiding.count))
      if generator.unit() < 0.5 { return }
    }
    guard recipe.hiding.count < mostHidings, let other = generator.pick(others) else { return }
    recipe.hiding.append(request(other, generator: &generator))
  }

  private func request(_ arm: Arm, generator: inout SplitMix64) -> HidingRequest {
    var options = arm.options
    for (name, choice) in arm.choices.sorted(by: { $0.key < $1.key }) {
      options[name] = choice.draw(&generator)
    }
    return HidingRequest(arm.name, options: options)
  }

  private static func moved(
    _ options: JSONValue, _ arm: Arm, _ generator: inout SplitMix64
  ) -> JSONValue {
    var options = options
    for (name, choice) in arm.choices.sorted(by: { $0.key < $1.key }) {
      if let value = options[name]?.double, choice.values.isEmpty {
        options[name] = choice.moved(value, &generator)
      } else if generator.unit() < redrawing {
        options[name] = choice.draw(&generator)
      }
    }
    return options
  }

  private func topic(
    into options: JSONValue, of arm: Arm, arena: Arena, generator: inout SplitMix64
  ) throws -> JSONValue {
    let attack = try arena.attacks.named(arm.name, kind: "attack")
    var draw = TopicDraw(world: arena.world, generator: SplitMix64(seed: generator.next()))
    var result = try draw.next(into: options, of: attack)
    // The first of a draw is a whole relation, the second a slice.
    if generator.unit() < 0.5 { result = try draw.next(into: options, of: attack) }
    return result
  }
}

extension RecipeSpace.Choice {
  /// Whether the range spans a factor of ten, so that steps are taken in its logarithm.
  private var isLogarithmic: Bool {
    guard let low, let high else { return false }
    return low > 0 && high / low >= 10
  }

  /// Where `value` lies between the ends, 0...1.
  func position(_ value: Double) -> Double {
    guard let low, let high, high > low else { return 0.5 }
    let share =
      isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    return min(1, max(0, share))
  }

  /// The value at a position, 0...1, with three digits that count.
  func value(at position: Double) -> JSONValue {
    guard let low, let high else { return .null }
    let place = min(1, max(0, position))
    let exact = isLogarithmic ? low * pow(high / low, place) : low + (high - low) * place
    if isWhole { return .number(min(high, max(low, exact.rounded()))) }
    guard exact != 0 else { return .number(0) }
    let unit = pow(10, log10(abs(exact)).rounded(.down) - 2)
    let short = (exact / unit).rounded() * unit
    // Rounding leaves tails such as 0.0011300000000000001.
    let plain = Double(String(format: "%.4g", short)) ?? short
    return .number(min(high, max(low, plain)))
  }

  func draw(_ generator: inout SplitMix64) -> JSONValue {
    guard values.isEmpty else { return values[generator.below(values.count)] }
    return value(at: generator.unit())
  }

  func moved(_ value: Double, _ generator: inout SplitMix64) -> JSONValue {
    self.value(at: position(value) + 0.2 * generator.normal())
  }
}
