import AssayCore

/// What an adapting attacker came to: round by round, by recipe, and what nobody found.
public struct EvolutionReport: Codable, Hashable, Sendable {
  /// The attacker's success over some matches.
  public struct Success: Codable, Hashable, Sendable {
    /// Organisms that were planted.
    public var planted: Int
    /// Organisms that could not be, with which the attacker scores nothing.
    public var notPlanted: Int
    /// Matches on them.
    public var matches: Int
    /// Matches in which less than half of the flaw was described.
    public var escaped: Int
    /// Their share, with its Wilson interval.
    public var escapeRate: Interval
    /// The mean damage of what was planted; nan where nothing was.
    public var damage: Double
    /// The mean stealth.
    public var stealth: Double
    /// The mean of the attacker's score, damage × stealth × escaped, over organisms planted or not.
    public var score: Double
  }

  /// One round.
  public struct Round: Codable, Hashable, Sendable {
    /// The round, from 1.
    public var round: Int
    /// The tournament that it was.
    public var tournament: String
    /// The attacker's success.
    public var success: Success
    /// Matches on controls.
    public var controlMatches: Int
    /// Those that did not end in the verdict "clean".
    public var falseAlarms: Int
    /// The attacker's rating in this round, against the same auditors; nil before its first match.
    public var rating: Interval?
    /// How many of its recipes were drawn, mutated, and played again.
    public var origins: [String: Int]
    /// What the ledgers before it showed.
    public var reading: [String]
  }

  /// One recipe.
  public struct Recipe: Codable, Hashable, Sendable {
    /// Its name.
    public var name: String
    /// What it is, in plain words.
    public var described: String
    /// The attack.
    public var attack: String
    /// The rounds in which it was played.
    public var rounds: [Int]
    /// Its success.
    public var success: Success
    /// Its rating; nil before its first match.
    public var rating: Interval?
    /// Why it could not be planted, where it could not.
    public var failure: String?
  }

  /// An organism that no auditor described by half.
  public struct Unfound: Codable, Hashable, Sendable {
    /// The organism's id.
    public var organism: String
    /// The round.
    public var round: Int
    /// The recipe's name.
    public var recipe: String
    /// The mean of the attacker's score.
    public var score: Double
    /// What was done to it.
    public var description: String
  }

  /// The evolution's id.
  public var evolution: String
  /// The bases.
  public var bases: [String]
  /// Rounds that are planned.
  public var planned: Int
  /// What limits the figures, in sentences.
  public var warnings: [String]
  /// How the figures were made, in sentences.
  public var methods: [String]
  /// The rounds.
  public var rounds: [Round]
  /// The recipes, best mean score first.
  public var recipes: [Recipe]
  /// Auditors, and the attacker's rounds and the controls that they played against.
  public var ratings: [Rating]
  /// What the attacker believes in the end.
  public var beliefs: [RecipeModel.Effect]
  /// What the ledgers of all rounds show.
  public var reading: [String]
  /// Organisms that nobody found, the attacker's best score first.
  public var nobodyFound: [Unfound]
}
