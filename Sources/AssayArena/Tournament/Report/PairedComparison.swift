import AssayCore
import Foundation

/// Two contestants on the organisms that both audited; differences are first minus second.
public struct PairedComparison: Codable, Hashable, Sendable {
  /// The difference of one figure.
  public struct Difference: Codable, Hashable, Sendable {
    /// The mean difference, with an interval by cluster bootstrap.
    public var mean: Interval
    /// The p-value by sign flips, of this pair alone.
    public var p: Double
    /// The p-value after Holm's adjustment for all pairs.
    public var adjusted: Double
    /// Organisms needed to show the difference found, at α 0.05 with power 0.8; nil where there is
    /// none.
    public var organismsNeeded: Int?
  }

  /// One contestant.
  public var first: String
  /// The other.
  public var second: String
  /// Organisms that both audited.
  public var organisms: Int
  /// The answer score; more is better.
  public var answerScore: Difference
  /// The Brier score; less is better.
  public var brier: Difference
  /// Organisms on which only the first one's verdict fits.
  public var onlyFirstFits: Int
  /// Organisms on which only the second one's verdict fits.
  public var onlySecondFits: Int
  /// McNemar's exact p-value of the two, adjusted for all pairs.
  public var verdictAdjusted: Double
}
