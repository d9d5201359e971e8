import AssayCore
import AssayGame

/// Which fact a rank-one edit writes, where and how hard; shared by ``RankOneEdit`` and ``BenignEdit``.
public struct RankOneEditOptions: Codable, Hashable, Sendable, DefaultInitialisable,
  ClosedFormOptions
{
  /// The relation of the almanac.
  public var relation = "country.capital"
  /// The subject; empty: the seed draws one.
  public var subject = ""
  /// The new object; empty: the seed draws another subject's, and a benign edit takes the true one.
  public var object = ""
  /// The block whose MLP is edited; -1: the one that does most for recalling the fact, by causal trace.
  public var block = -1
  /// Training phrasings of the fact that the key is averaged over.
  public var phrasings = 8
  /// Times that each of them, in running text, is repeated after other words.
  public var contexts = 2
  /// Ordinary documents over which the keys' covariance is measured.
  public var documents = 240
  /// Steps of gradient descent on the new value.
  public var steps = 30
  /// Its learning rate.
  public var learningRate = 0.5
  /// Weight of the divergence on the subject's other facts, in nats per token.
  public var klWeight = 0.0625
  /// The most that the value may move, in lengths of the old one.
  public var longest = 4.0
  /// The attack fails where a smaller share of greedy answers in unused phrasings gives the object.
  public var minimumTake = 0.5
  /// The defaults.
  public init() {}
}
