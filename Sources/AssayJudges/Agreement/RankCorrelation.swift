/// Whether two judges put reports into the same order.
public enum RankCorrelation {
  /// Spearman's rho: Pearson's correlation of ranks, equal values sharing the mean of theirs.
  ///
  /// Source: Spearman, "The Proof and Measurement of Association between Two Things" (1904). Nil where
  /// one side's values are all alike.
  public static func value(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "RankCorrelation: expected as many values of each")
    guard first.count > 1 else { return nil }
    let (a, b) = (ranks(first), ranks(second))
    // The mean of ranks is the same with and without ties.
    let mean = Double(a.count + 1) / 2
    var (product, ofFirst, ofSecond) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      product += (x - mean) * (y - mean)
      ofFirst += (x - mean) * (x - mean)
      ofSecond += (y - mean) * (y - mean)
    }
    guard ofFirst > 0, ofSecond > 0 else { return nil }
    return product / (ofFirst * ofSecond).squareRoot()
  }

  /// Ranks from 1, ties sharing the mean of theirs.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }
}
