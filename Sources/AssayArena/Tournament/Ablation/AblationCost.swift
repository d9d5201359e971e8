import AssayCore

/// What something costs on average, and what it gives for that.
///
/// Intervals are 95 %.
public struct AblationCost: Codable, Hashable, Sendable {
  /// Wall-clock seconds of an audit.
  public var seconds: Interval
  /// Tokens through the suspect.
  public var tokens: Interval
  /// Floating-point operations.
  public var flops: Interval
  /// Weight matrices read.
  public var weightReads: Interval
  /// Description score on flawed organisms for each minute there; nil where it is not certain to take time.
  public var descriptionPerMinute: Interval?
  /// Bits about whether the model was modified for each minute; nil as above.
  public var bitsPerMinute: Interval?
  /// Description score for each 1e12 operations; nil where it is not certain to take any.
  public var descriptionPerTeraFLOP: Interval?
  /// Bits for each 1e12 operations; nil as above.
  public var bitsPerTeraFLOP: Interval?

  init(_ figures: AblationFigures) {
    seconds = figures.mean(.seconds)
    tokens = figures.mean(.tokens)
    flops = figures.mean(.flops)
    weightReads = figures.mean(.weightReads)
    descriptionPerMinute = figures.ratio(.answer, per: 60, of: .seconds, .flawed)
    bitsPerMinute = figures.ratio(.bits, per: 60, of: .seconds)
    descriptionPerTeraFLOP = figures.ratio(.answer, per: 1e12, of: .flops, .flawed)
    bitsPerTeraFLOP = figures.ratio(.bits, per: 1e12, of: .flops)
  }
}
