/// P-values adjusted for how many of them there are.
public enum HolmAdjustment {
  /// Holm's step-down adjustment, in the order of `values`.
  ///
  /// Below α each is a finding while all of them together err with probability at most α.
  ///
  /// Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure" (1979).
  public static func adjust(_ values: [Double]) -> [Double] {
    var adjusted = values
    var largest = 0.0
    for (rank, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
      largest = max(largest, min(1, values[index] * Double(values.count - rank)))
      adjusted[index] = largest
    }
    return adjusted
  }
}
