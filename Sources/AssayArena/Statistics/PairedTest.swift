import AssayCore
import Foundation

/// Whether two auditors differ on the same organisms.
public enum PairedTest {
  /// Most pairs for which every assignment of signs is tried.
  static let mostExact = 16

  /// The two-sided p-value of the mean of `differences` if each might as well have the other sign.
  ///
  /// Exact up to 16 pairs, else from `draws` random assignments and the one observed, so that it is
  /// never 0. Pairs count as exchangeable and independent.
  ///
  /// Source: Fisher, "The Design of Experiments" (1935), section 21; for the +1, Phipson and Smyth,
  /// "Permutation P-values Should Never Be Zero" (2010).
  public static func signFlip(
    _ differences: [Double], draws: Int = 20_000, seed: UInt64 = 1
  ) -> Double {
    // A difference of 0 is the same under either sign.
    let values = differences.filter { $0 != 0 }
    guard !values.isEmpty else { return 1 }
    let observed = abs(values.reduce(0, +))
    // Sums in another order differ in the last digits.
    let bar = observed - 1e-9 * max(1, observed)
    if values.count <= mostExact {
      let all = 1 << values.count
      let extreme = (0..<all).count { signs in
        let sum = values.indices.reduce(0.0) {
          $0 + (signs >> $1 & 1 == 1 ? -values[$1] : values[$1])
        }
        return abs(sum) >= bar
      }
      return Double(extreme) / Double(all)
    }
    var generator = SplitMix64(seed: seed).fork("sign flips")
    var extreme = 0
    for _ in 0..<draws {
      var sum = 0.0
      var bits: UInt64 = 0
      for (index, value) in values.enumerated() {
        if index % 64 == 0 { bits = generator.next() }
        sum += bits & 1 == 1 ? -value : value
        bits >>= 1
      }
      if abs(sum) >= bar { extreme += 1 }
    }
    return Double(extreme + 1) / Double(draws + 1)
  }

  /// The exact two-sided p-value that `onlyFirst` and `onlySecond` successes come from fair coins.
  ///
  /// Source: McNemar, "Note on the sampling error of the difference between correlated proportions or
  /// percentages" (1947), with the binomial distribution in place of its approximation.
  public static func mcNemar(onlyFirst: Int, onlySecond: Int) -> Double {
    let n = onlyFirst + onlySecond
    guard n > 0 else { return 1 }
    let fewer = min(onlyFirst, onlySecond)
    let all = lgamma(Double(n + 1)) - Double(n) * log(2.0)
    var tail = 0.0
    for k in 0...fewer {
      tail += exp(all - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1)))
    }
    return min(1, 2 * tail)
  }
}
