/// Agreement beyond chance where being far off is worse than being close.
public enum WeightedKappa {
  /// Kappa with quadratic weights over marks 0...1, rounded to quarters: 1 is full agreement, 0 what
  /// the judges' habits alone would give.
  ///
  /// Source: Cohen, "Weighted Kappa" (1968): 1 − Σ w o / Σ w e with w = (i − j)², o the observed shares
  /// and e the products of the margins. Nil where Σ w e is 0: both judges give one and the same mark.
  public static func value(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "WeightedKappa: expected as many marks of each")
    guard !first.isEmpty else { return nil }
    let (a, b) = (first.map(category), second.map(category))
    var observed = 0.0
    for (i, j) in zip(a, b) { observed += weight(i, j) }
    var expected = 0.0
    for i in 0...4 {
      for j in 0...4 {
        expected += weight(i, j) * Double(a.count { $0 == i } * b.count { $0 == j })
      }
    }
    guard expected > 0 else { return nil }
    return 1 - observed * Double(a.count) / expected
  }

  private static func category(_ mark: Double) -> Int {
    Int((4 * min(1, max(0, mark))).rounded())
  }

  private static func weight(_ i: Int, _ j: Int) -> Double { Double((i - j) * (i - j)) }
}
