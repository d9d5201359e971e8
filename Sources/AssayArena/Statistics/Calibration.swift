import AssayCore

/// Whether stated probabilities come true as often as they say.
public struct Calibration: Codable, Hashable, Sendable {
  /// Predictions whose probabilities lie close together.
  public struct Bin: Codable, Hashable, Sendable {
    /// The lower end; the upper end belongs to the next bin, except for the last.
    public var low: Double
    /// The upper end.
    public var high: Double
    /// Number of predictions.
    public var count: Int
    /// Their mean probability.
    public var stated: Double
    /// The share of them that came true, with its Wilson interval.
    public var observed: Interval
  }

  /// The bins that are not empty.
  public var bins: [Bin]
  /// The expected calibration error: the mean distance of stated and observed, weighted by count.
  ///
  /// Source: Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
  /// Binning" (2015).
  public var error: Double
  /// The mean squared error of the probabilities (Brier 1950); nan where there is none.
  public var brier: Double

  /// Measures `predictions`, in `count` bins of equal width.
  public init(_ predictions: [(probability: Double, happened: Bool)], bins count: Int = 10) {
    let groups = Dictionary(grouping: predictions) { prediction in
      min(count - 1, max(0, Int(prediction.probability * Double(count))))
    }
    bins = groups.sorted { $0.key < $1.key }.map { index, group in
      Bin(
        low: Double(index) / Double(count), high: Double(index + 1) / Double(count),
        count: group.count,
        stated: group.reduce(0) { $0 + $1.probability } / Double(group.count),
        observed: .wilson(successes: group.count(where: \.happened), of: group.count))
    }
    let all = Double(predictions.count)
    error =
      predictions.isEmpty
      ? .nan
      : bins.reduce(0) { $0 + Double($1.count) / all * abs($1.stated - $1.observed.estimate) }
    brier =
      predictions.isEmpty
      ? .nan
      : predictions.reduce(0) {
        $0 + Score.brier(probability: $1.probability, isModified: $1.happened)
      } / all
  }
}
