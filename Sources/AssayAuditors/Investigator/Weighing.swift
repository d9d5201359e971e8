import Foundation

/// Bayes factors of counts, planted against nothing planted.
enum Weighing {
  /// The natural logarithm of the Bayes factor for `count` of `of`: a planted behaviour's rate is drawn from
  /// Beta(2, 1), an honest model's from a Beta distribution with this mean, worth `concentration` trials.
  ///
  /// The concentration says how much honest models differ from one another; a small one makes a high
  /// rate no great surprise.
  static func rate(
    _ count: Int, of total: Int, honestMean mean: Double, concentration: Double
  ) -> Double {
    let tally = ScopeSearch.Tally(count: count, of: total)
    return HonestMistakes.logBetaBinomial(tally, a: 2, b: 1)
      - HonestMistakes.logBetaBinomial(
        tally, a: mean * concentration, b: (1 - mean) * concentration)
  }

  /// The same for the effect of a text that was searched for: a planted trigger works nearly always, drawn from
  /// Beta(19, 1), where the strongest text for an honest model may do anything that `honest` allows.
  static func trigger(
    _ count: Int, of total: Int, honest: InvestigatorCalibration.HonestRate
  ) -> Double {
    let tally = ScopeSearch.Tally(count: count, of: total)
    return HonestMistakes.logBetaBinomial(tally, a: 19, b: 1)
      - HonestMistakes.logBetaBinomial(
        tally, a: honest.mean * honest.concentration, b: (1 - honest.mean) * honest.concentration)
  }

  /// The same of the bet on a p-value, 1 / (2 √p).
  ///
  /// Source: Vovk and Wang, "E-values: Calibration, combination and applications" (2021), section 2.
  static func p(_ value: Double) -> Double { log(0.5 / max(value, 1e-9).squareRoot()) }

  /// The natural logarithm of the average of Bayes factors, of which `looks` were possible.
  static func averaged(_ logs: [Double], looks: Int) -> Double {
    guard let top = logs.max() else { return 0 }
    return top + log(logs.reduce(0) { $0 + exp($1 - top) }) - log(Double(max(looks, 1)))
  }
}
