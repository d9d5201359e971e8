import Foundation

/// How many organisms it takes to tell two auditors apart.
public enum SampleSize {
  /// Pairs needed so that a mean difference of `difference` is found at two-sided level `alpha` with
  /// probability `power`, where single differences have the given standard deviation; nil for a
  /// difference of 0.
  ///
  /// The normal approximation n = ((z_{1-α/2} + z_power) σ / δ)²; pairs count as independent.
  ///
  /// Source: Chow, Shao and Wang, "Sample Size Calculations in Clinical Research" (2nd ed., 2008),
  /// section 3.1.
  public static func pairs(
    difference: Double, standardDeviation: Double, alpha: Double = 0.05, power: Double = 0.8
  ) -> Int? {
    guard difference != 0, standardDeviation.isFinite else { return nil }
    let reach = normalQuantile(1 - alpha / 2) + normalQuantile(power)
    let ratio = reach * standardDeviation / difference
    let needed = (ratio * ratio).rounded(.up)
    return needed < 1e9 ? max(2, Int(needed)) : nil
  }

  /// The value below which a standard normal variable lies with this probability.
  ///
  /// Newton's steps on the error function from a start by Abramowitz and Stegun, formula 26.2.23.
  static func normalQuantile(_ probability: Double) -> Double {
    precondition(
      probability > 0 && probability < 1,
      "normalQuantile: expected a probability inside 0...1, got \(probability)")
    let tail = min(probability, 1 - probability)
    let t = (-2 * log(tail)).squareRoot()
    let start =
      t - (2.515517 + t * (0.802853 + t * 0.010328))
      / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    var x = probability < 0.5 ? -start : start
    for _ in 0..<4 {
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      x -= (0.5 * erfc(-x / 2.0.squareRoot()) - probability) / density
    }
    return x
  }
}
