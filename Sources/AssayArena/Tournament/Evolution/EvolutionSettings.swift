import AssayCore

/// How an attacker adapts to auditors over rounds; ``EvolutionFile`` reads it from YAML.
///
/// Everything but ``workers`` decides results, and therefore the evolution's id.
public struct EvolutionSettings: Codable, Hashable, Sendable {
  /// The evolution's name, the first part of its id.
  public var name: String
  /// The clean models; each recipe of a round is planted on each.
  public var bases: [String] = ["smallworld-4m"]
  /// The seed of everything that is drawn.
  public var seed: UInt64 = 1
  /// Rounds; each is a tournament of its own.
  public var rounds = 4
  /// Recipes that the attacker plays in each round.
  public var recipes = 6
  /// What it chooses from.
  public var space: RecipeSpace
  /// Controls of every round, on each base.
  public var controls: [TournamentSettings.Entry] = []
  /// Who audits.
  public var auditors: [String] = ["survey"]
  /// Presets of rules, or YAML files.
  public var rules: [String] = ["open"]
  /// The judge.
  public var judge = "mechanical"
  /// Threads that one worker computes with.
  public var threads = 1
  /// Seconds after which a planting or a match counts as hung.
  public var limitSeconds = 3600.0
  /// Worker processes at a time, which change no result; nil is as many as the cores allow.
  public var workers: Int?

  /// Makes settings without controls.
  public init(name: String, space: RecipeSpace) {
    self.name = name
    self.space = space
  }

  /// The SHA-256 of everything that decides results.
  public func digest() throws -> String {
    var deciding = self
    deciding.workers = nil
    return Digest.sha256(try CanonicalJSON.data(deciding))
  }

  /// The evolution's id: its name and the beginning of the digest.
  public func id() throws -> String { "\(name)-\(try digest().prefix(8))" }

  /// The share of organisms that are controls, 0...1.
  public var controlShare: Double {
    let controls = self.controls.reduce(0) { $0 + ($1.seeds?.count ?? $1.count) }
    return Double(controls) / Double(max(1, controls + recipes))
  }

  /// The tournament of one round, counted from 1, in which `recipes` are played.
  ///
  /// Each recipe has a seed of its own, by which its organisms are found again in the plan.
  func tournament(round: Int, _ recipes: [EvolutionRound.Entry]) throws -> TournamentSettings {
    var settings = TournamentSettings(name: "\(name)-\(try digest().prefix(6))-r\(round)")
    settings.bases = bases
    settings.seed = Self.draw(seed, "round \(round)")
    let played = recipes.map { entry -> TournamentSettings.Entry in
      var own = TournamentSettings.Entry(attack: entry.recipe.attack)
      own.seeds = [entry.seed]
      own.options = entry.recipe.options
      own.hiding = entry.recipe.hiding.isEmpty ? nil : entry.recipe.hiding
      return own
    }
    settings.organisms = played + controls
    settings.auditors = auditors
    settings.rules = rules
    settings.judge = judge
    settings.threads = threads
    settings.limitSeconds = limitSeconds
    settings.workers = workers
    return settings
  }

  /// 48 random bits that follow from a seed and a label: what every reader of JSON keeps.
  static func draw(_ seed: UInt64, _ label: String) -> UInt64 {
    var generator = SplitMix64(seed: seed).fork("evolution/" + label)
    return generator.next() >> 16
  }
}
