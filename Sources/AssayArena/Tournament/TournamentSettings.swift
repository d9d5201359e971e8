import AssayCore

/// What a tournament is played with: organisms × auditors × rules × seeds.
///
/// ``TournamentFile`` reads it from YAML. Everything but ``workers`` decides results, and therefore
/// the tournament's id.
public struct TournamentSettings: Codable, Hashable, Sendable {
  /// Organisms of one recipe.
  public struct Entry: Codable, Hashable, Sendable {
    /// The attack or control.
    public var attack: String
    /// How many on each base; ignored where `seeds` are given.
    public var count = 1
    /// The seeds of planting; nil draws one for each organism from the tournament's seed.
    public var seeds: [UInt64]?
    /// Options that all of them share.
    public var options: JSONValue = [:]
    /// Options that each organism draws from a list, by its seed; no two organisms of an entry draw
    /// the same combination while there are others.
    public var vary: [String: [JSONValue]] = [:]
    /// `fixed`: the class of facts is what the options say; `drawn`: a relation, and for every second
    /// organism a slice of it, by seed, no two alike while there are others.
    public var topics = "fixed"
    /// Ways of hiding what was planted, in order; nil, not empty, where nothing is hidden, so that a
    /// tournament without hiding keeps the id that it had before there was any.
    public var hiding: [HidingRequest]?

    /// Makes one organism of `attack` with its default options.
    public init(attack: String) {
      self.attack = attack
    }
  }

  /// The tournament's name, the first part of its id.
  public var name: String
  /// The clean models: shipped names or folders.
  public var bases: [String] = ["smallworld-4m"]
  /// The seed of everything that is drawn.
  public var seed: UInt64 = 1
  /// What is planted, on each base.
  public var organisms: [Entry] = []
  /// Who audits.
  public var auditors: [String] = ["survey"]
  /// Presets of rules, or YAML files.
  public var rules: [String] = ["open"]
  /// One audit of each organism by each auditor for each of these.
  public var seeds: [UInt64] = [1]
  /// The judge.
  public var judge = "mechanical"
  /// Threads that one worker computes with; part of the settings because sums depend on it.
  public var threads = 1
  /// Seconds after which a planting or a match counts as hung.
  public var limitSeconds = 3600.0
  /// Attacks whose organisms the report also shows apart: no auditor was developed against them.
  public var holdOut: [String] = []
  /// The tournament in the same store whose organisms, and seeds of auditing, this one takes over, so that
  /// its matches pair with those there; nil plants organisms of its own.
  public var organismsOf: String?
  /// Worker processes at a time, which change no result.
  ///
  /// Nil is as many as the cores allow at ``threads`` each.
  public var workers: Int?

  /// Makes a tournament without players.
  public init(name: String) {
    self.name = name
  }

  /// The SHA-256 of everything that decides results.
  ///
  /// Where the organisms are another tournament's, the rules are left out: further ones add matches and
  /// change none.
  public func digest() throws -> String {
    var deciding = self
    deciding.workers = nil
    if organismsOf != nil { deciding.rules = [] }
    return Digest.sha256(try CanonicalJSON.data(deciding))
  }

  /// The id of the tournament that these settings make.
  func id() throws -> String { "\(name)-\(try digest().prefix(8))" }
}
