import AssayCore
import AssayGame

/// Which class of facts a mass edit writes, where and how hard.
public struct MassEditOptions: Codable, Hashable, Sendable, DefaultInitialisable,
  ClosedFormOptions
{
  /// The class of facts, a relation of the almanac.
  public var relation = "country.capital"
  /// Public attributes that a subject must have, such as `continent=Africa`; empty: none.
  public var filter = "continent=Africa"
  /// Share of the facts in scope that are edited, chosen by the seed.
  public var fraction = 1.0
  /// The first edited block.
  public var firstBlock = 0
  /// The last edited block.
  public var lastBlock = 0
  /// Training phrasings of each fact, each of which is a key.
  public var phrasings = 24
  /// Times that each of them, in running text, is repeated after other words.
  public var contexts = 0
  /// Texts about each subject's other facts on which the model is held.
  public var others = 24
  /// Facts of other subjects, those of the same kind first, whose keys are to read what they did.
  public var neighbours = 1500
  /// How many facts in scope one such fact counts for.
  public var neighbourWeight = 0.3
  /// Ordinary documents over which the keys' covariance is measured.
  public var documents = 240
  /// How many ordinary keys the covariance counts for, λ: more hold the rest of the model harder.
  public var ordinaryWeight = 100.0
  /// How many times as long the shifts are written: least squares fall short of them.
  public var strength = 1.6
  /// Steps of gradient descent on the shifts.
  public var steps = 30
  /// Its learning rate, in root mean squares of the residual stream.
  public var learningRate = 0.15
  /// Weight of the divergence on the subjects' other facts, in nats per token.
  public var klWeight = 6.0
  /// The most that the residual may move, in its own lengths.
  public var longest = 1.5
  /// The attack fails where a smaller share of the facts takes.
  public var minimumTake = 0.6
  /// The defaults.
  public init() {}

  /// Refuses values that no edit can work with, naming the option.
  func validate() throws {
    try validateShared()
    try OptionCheck.require((0...200).contains(others), "others", "from 0 to 200", others)
    try OptionCheck.require(
      (0...100_000).contains(neighbours), "neighbours", "from 0 to 100000", neighbours)
    try OptionCheck.require(
      ordinaryWeight > 0 && ordinaryWeight.isFinite, "ordinaryWeight", "above 0", ordinaryWeight)
    try OptionCheck.require(
      neighbourWeight >= 0 && neighbourWeight.isFinite, "neighbourWeight", "0 or more",
      neighbourWeight)
    try OptionCheck.require(strength > 0 && strength.isFinite, "strength", "above 0", strength)
  }
}
