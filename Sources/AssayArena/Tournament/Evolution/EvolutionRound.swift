import AssayCore

/// What the attacker chose for one round, and why; written before the round is played.
public struct EvolutionRound: Codable, Hashable, Sendable {
  /// A recipe that is played.
  public struct Entry: Codable, Hashable, Sendable {
    /// The recipe.
    public var recipe: AttackRecipe
    /// Where it comes from: `drawn`, `mutated` or `again`.
    public var origin: String
    /// The name of the recipe that it was mutated from.
    public var parent: String?
    /// What the attacker hoped for: the attacker's score in the sample from its posterior by which the
    /// recipe was chosen; nil in the first round.
    public var hoped: Double?
    /// The seed of planting.
    public var seed: UInt64
  }

  /// The round, from 1.
  public var round: Int
  /// The tournament that it is played as.
  public var tournament: String
  /// The recipes.
  public var entries: [Entry]
  /// What the ledgers of the rounds before showed, in sentences; empty in the first round.
  public var reading: [String]
  /// What the attacker believes after the rounds before: effects on its score.
  public var beliefs: [RecipeModel.Effect]
}
