import AssayCore
import AssayGame
import Foundation

/// Reads an evolution from YAML.
///
/// ```yaml
/// name: evolve
/// bases: [smallworld-1m]           # left out: smallworld-4m
/// seed: 1                          # of everything that is drawn; left out: 1
/// rounds: 4                        # left out: 4
/// recipes: 6                       # of the attacker in each round; left out: 6
/// attacks:                         # what it may choose
///   - attack: false-facts
///     options: {steps: 60}         # fixed for all of its recipes
///     ranges: {fraction: [0.3, 1]} # numbers between two ends; whole where both ends are
///     choices: {relation: [country.capital, town.region]}
///     topics: drawn                # relation and filter drawn; left out: fixed
/// hidings:                         # left out: nothing is hidden
///   - hiding: noise
///     ranges: {size: [0.003, 0.03]}
/// most_hidings: 1                  # of one recipe; left out: 1
/// controls:                        # of every round, as the organisms of a tournament
///   - {attack: exact-copy, count: 3}
/// auditors: [survey, loss-scan]    # left out: survey
/// rules: [open]                    # left out: open
/// judge: mechanical                # left out: mechanical
/// workers: 2                       # left out: as many as the cores allow
/// threads: 1                       # of one worker; left out: 1
/// limit_seconds: 600               # for one planting or match; left out: 3600
/// ```
///
/// Unknown keys are refused by name.
public enum EvolutionFile {
  private static let keys = [
    "name", "bases", "seed", "rounds", "recipes", "attacks", "hidings", "most_hidings", "controls",
    "auditors", "rules", "judge", "workers", "threads", "limit_seconds",
  ]
  private static let armKeys = ["options", "ranges", "choices"]

  /// Reads a file; throws `AssayError` naming file, line and key.
  public static func read(_ url: URL) throws -> EvolutionSettings {
    try settings(in: YAMLDocument(contentsOf: url, known: keys))
  }

  /// Reads text; `origin` names it in errors.
  public static func parse(_ text: String, origin: String) throws -> EvolutionSettings {
    try settings(in: YAMLDocument(text, origin: origin, known: keys))
  }

  private static func settings(in document: YAMLDocument) throws -> EvolutionSettings {
    let name = try TournamentFile.name(document)
    guard name.count <= 30 else {
      throw document.refusal("name", "'\(name)' is longer than 30 characters", hint: nil)
    }
    let attacks = try document.documents("attacks", known: ["attack", "topics"] + armKeys)
      .map { try arm($0, key: "attack") }
    guard !attacks.isEmpty else {
      throw document.refusal("attacks", "there is no attack", hint: "add '- attack: …'")
    }
    var space = RecipeSpace(attacks: attacks)
    if document.has("hidings") {
      space.hidings = try document.documents("hidings", known: ["hiding"] + armKeys)
        .map { try arm($0, key: "hiding") }
    }
    for arms in [space.attacks, space.hidings] where Set(arms.map(\.name)).count < arms.count {
      throw document.refusal(
        arms == space.attacks ? "attacks" : "hidings", "one name stands there twice",
        hint: "what is known of it would be mixed up; widen its ranges and choices")
    }
    space.mostHidings = min(1, space.hidings.count)
    if document.has("most_hidings") {
      space.mostHidings = try document.integer("most_hidings")
      guard (0...space.hidings.count).contains(space.mostHidings) else {
        throw document.refusal(
          "most_hidings",
          "'most_hidings' must be from 0 to \(space.hidings.count), the hidings here",
          hint: nil)
      }
    }
    var settings = EvolutionSettings(name: name, space: space)
    if document.has("bases") { settings.bases = try TournamentFile.list("bases", document) }
    if document.has("seed") {
      settings.seed = try TournamentFile.seed(document.integer("seed"), "seed", document)
    }
    if document.has("rounds") {
      settings.rounds = try TournamentFile.positive("rounds", document, most: 1000)
    }
    if document.has("recipes") {
      settings.recipes = try TournamentFile.positive("recipes", document, most: 1000)
    }
    if document.has("controls") {
      settings.controls = try document.documents("controls", known: TournamentFile.entryKeys)
        .map(TournamentFile.entry)
    }
    if document.has("auditors") {
      settings.auditors = try TournamentFile.list("auditors", document)
    }
    if document.has("rules") { settings.rules = try TournamentFile.list("rules", document) }
    if document.has("judge") { settings.judge = try document.text("judge") }
    if document.has("workers") {
      settings.workers = try TournamentFile.positive("workers", document, most: 1024)
    }
    if document.has("threads") {
      settings.threads = try TournamentFile.positive("threads", document, most: 1024)
    }
    if document.has("limit_seconds") {
      settings.limitSeconds = try document.number("limit_seconds")
      guard settings.limitSeconds > 0 else {
        throw document.refusal("limit_seconds", "'limit_seconds' must be above 0", hint: nil)
      }
    }
    return settings
  }

  private static func arm(_ document: YAMLDocument, key: String) throws -> RecipeSpace.Arm {
    var arm = RecipeSpace.Arm(try document.text(key))
    if document.has("options") {
      arm.options = try document.json("options")
      guard arm.options.object != nil else {
        throw document.refusal("options", "'options' must hold names and values", hint: nil)
      }
    }
    if document.has("ranges") {
      for (name, value) in try document.json("ranges").object ?? [:] {
        guard let ends = value.array?.compactMap(\.double), value.array?.count == 2,
          ends.count == 2, ends[0] < ends[1]
        else {
          throw document.refusal(
            "ranges", "'\(name)' under 'ranges' must be two numbers, the lower first",
            hint: "for example steps: [20, 80]")
        }
        let isWhole = ends.allSatisfy { $0 == $0.rounded() } && ends[1] - ends[0] > 1
        arm.choices[name] = RecipeSpace.Choice(from: ends[0], to: ends[1], isWhole: isWhole)
      }
    }
    if document.has("choices") {
      for (name, value) in try document.json("choices").object ?? [:] {
        guard let values = value.array, !values.isEmpty, arm.choices[name] == nil else {
          throw document.refusal(
            "choices", "'\(name)' under 'choices' must be a list of values, and no range as well",
            hint: nil)
        }
        arm.choices[name] = RecipeSpace.Choice(values)
      }
    }
    if key == "attack", document.has("topics") {
      let topics = try document.text("topics")
      guard ["fixed", "drawn"].contains(topics) else {
        throw document.refusal(
          "topics", "'topics' cannot be '\(topics)'", hint: "it is 'fixed' or 'drawn'")
      }
      arm.drawsTopics = topics == "drawn"
    }
    return arm
  }
}
