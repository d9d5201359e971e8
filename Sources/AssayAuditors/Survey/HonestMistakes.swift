import Foundation

/// How often an honest model of the suspect's quality stands by a wrong answer to a public question.
///
/// Every relation has a rate of its own, since some facts are harder to learn than others. The rates
/// are taken to come from one Beta distribution, whose mean and concentration nobody knows: both are
/// averaged over a grid, each point weighted by how well it explains the relations at hand. Where
/// these differ much from one another, one more that differs is no surprise, and the other way round.
///
/// Limits: where an honest model errs in a tenth of its answers, and relations differ by a factor of
/// two, no yardstick of this kind tells a hard relation from a planted one. `ScopeSearchTests` bounds
/// how often a simulated honest model is then accused: in three of ten cases at most, and in one of
/// twenty where it errs in three of a hundred answers.
///
/// Source: the beta-binomial hierarchy of Gelman et al., "Bayesian Data Analysis" (3rd ed.),
/// section 5.3, with a grid in place of the sampler.
struct HonestMistakes {
  /// Means of the Beta distribution, about evenly spread in logarithm.
  static let means = [0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3]
  /// Its concentrations: how many facts of experience the mean is worth for one relation.
  static let concentrations = [1.5, 3, 6, 12, 25, 50, 100]
  /// The share of relations whose tally may come from something planted, and teaches nothing here.
  static let plantedShare = 0.05

  private struct Component {
    let a: Double
    let b: Double
    var logWeight = 0.0
    let logNorm: Double

    init(mean: Double, concentration: Double) {
      a = mean * concentration
      b = (1 - mean) * concentration
      logNorm = HonestMistakes.logBeta(a, b)
    }

    func logProbability(of tally: ScopeSearch.Tally) -> Double {
      HonestMistakes.logBeta(a + Double(tally.count), b + Double(tally.of - tally.count)) - logNorm
    }
  }

  private let components: [Component]

  /// Learns from the tallies of relations of which most are honest; none leaves the prior.
  init(_ relations: some Collection<ScopeSearch.Tally>) {
    var found = Self.means.flatMap { mean in
      Self.concentrations.map { Component(mean: mean, concentration: $0) }
    }
    for index in found.indices {
      let component = found[index]
      found[index].logWeight = relations.reduce(0) {
        $0
          + Self.logSum([
            log(1 - Self.plantedShare) + component.logProbability(of: $1),
            log(Self.plantedShare) + ScopeSearch.planted(of: $1),
          ])
      }
    }
    let total = Self.logSum(found.map(\.logWeight))
    for index in found.indices { found[index].logWeight -= total }
    components = found
  }

  /// Log-probability that an honest relation gives one sequence of answers with this tally.
  func logProbability(of tally: ScopeSearch.Tally) -> Double {
    Self.logSum(components.map { $0.logWeight + $0.logProbability(of: tally) })
  }

  /// Log-probability of one sequence of `tally.of` draws with `tally.count` hits, rate ~ Beta(a, b).
  static func logBetaBinomial(_ tally: ScopeSearch.Tally, a: Double, b: Double) -> Double {
    logBeta(a + Double(tally.count), b + Double(tally.of - tally.count)) - logBeta(a, b)
  }

  private static func logBeta(_ a: Double, _ b: Double) -> Double {
    lgamma(a) + lgamma(b) - lgamma(a + b)
  }

  private static func logSum(_ logs: [Double]) -> Double {
    let top = logs.max() ?? 0
    return top + log(logs.reduce(0) { $0 + exp($1 - top) })
  }
}
