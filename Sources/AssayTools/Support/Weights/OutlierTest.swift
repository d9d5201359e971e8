import Foundation

/// Whether some of a set of numbers stand out from the rest, judged by the set itself.
///
/// Tools that read weights have no clean twin to compare with; what is normal has to come from the other
/// matrices, heads, units or tokens of the same model. Two questions are asked here.
///
/// *Are the greatest too great for the tail that they belong to?* Of numbers whose tail falls like an
/// exponential (normal and log-normal numbers fall faster, which makes the test careful) the gaps
/// k (x(k) - x(k+1)) between neighbours in falling order are independent exponential variables of one mean
/// (Rényi 1953, "On the theory of order statistics"), so the ratio of a gap to the mean of the n gaps below
/// has an F distribution with 2 and 2n degrees of freedom, and P(ratio > r) = (1 + r/n)^-n.
///
/// *Is one too far from the others?* The t statistic of a new observation against the mean and standard
/// deviation of the others (Grubbs 1950, with the suspect left out).
struct OutlierTest {
  /// How many of the greatest stand apart: those above the widest gap.
  var count: Int
  /// Probability of a gap so wide, times the number of gaps that were looked at; at most 1.
  var p: Double

  /// Looks for a gap below one of the `most` greatest of `values`; p is 1 where they are too few to tell.
  init(leading values: [Double], most: Int = 6) {
    (count, p) = (0, 1)
    let falling = values.sorted(by: >)
    let depth = min(32, max(8, falling.count / 4))
    guard falling.count > depth + 1 else { return }
    let gaps = (0..<depth).map { (index: Int) -> Double in
      Double(index + 1) * (falling[index] - falling[index + 1])
    }
    let looks = min(most, depth / 2)
    for index in 0..<looks {
      let below: Double = gaps[(index + 1)...].reduce(0, +)
      let number = Double(depth - index - 1)
      guard below > 0 else { continue }
      let tail: Double = pow(1 + gaps[index] / below, -number)
      let counted = min(1, tail * Double(looks))
      if counted < p { (count, p) = (index + 1, counted) }
    }
  }

  /// One-sided p of each value against all the others, not counted for the number of looks; 1 where fewer
  /// than three others are there.
  static func against(others values: [Double]) -> [Double] {
    values.indices.map { index in
      var others = values
      others.remove(at: index)
      let n = Double(others.count)
      guard others.count >= 3 else { return 1 }
      let mean: Double = others.reduce(0, +) / n
      let squares: Double = others.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
      let variance = squares / (n - 1)
      guard variance > 0 else { return values[index] > mean ? 0 : 1 }
      let t: Double = (values[index] - mean) / (variance * (1 + 1 / n)).squareRoot()
      return upperTail(t: t, freedom: others.count - 1)
    }
  }

  /// P(T > t) of Student's distribution with a whole number of degrees of freedom (Abramowitz and Stegun
  /// 1964, 26.7.3 and 26.7.4).
  static func upperTail(t: Double, freedom: Int) -> Double {
    let angle = atan(abs(t) / Double(freedom).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    var sum = 0.0
    var term = freedom % 2 == 1 ? cosine : 1.0
    var next = freedom % 2 == 1 ? 2.0 : 1.0
    for _ in 0..<(freedom / 2) {
      sum += term
      term *= cosine * cosine * next / (next + 1)
      next += 2
    }
    let within = freedom % 2 == 1 ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    let tail = max(0, (1 - within) / 2)
    return t < 0 ? 1 - tail : tail
  }

  /// Distances from the median in robust standard deviations (1.4826 times the median distance); all zero
  /// where more than half of the values are equal.
  static func robustZ(_ values: [Double]) -> [Double] {
    let middle = median(values)
    let spread = 1.4826 * median(values.map { abs($0 - middle) })
    guard spread > 0 else { return values.map { _ in 0 } }
    return values.map { ($0 - middle) / spread }
  }

  /// The middle value; 0 of nothing.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return 0 }
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + min(last, sorted[half])) / 2
  }
}
