import AssayCore
import Foundation

/// Weighs, for every class of public facts, whether a model contradicts it more than its own
/// ordinary mistakes explain.
///
/// The auditor has no clean model to compare with, so the yardstick is the model itself: what it
/// gets wrong in *other* relations says how often an honest model of this quality errs. For a
/// candidate scope with `k` confirmed contradictions among `n` facts the Bayes factor compares two
/// models: *planted*, a rate drawn from Beta(2, 1), against the ``HonestMistakes`` that the other
/// relations suggest. Candidates are whole relations and the slices of a relation that one public
/// attribute cuts out ("capitals in Africa"); the prior is one half on "nothing planted", the rest
/// spread evenly over relations, and within a relation half on the whole and half over its slices,
/// so that looking in many places costs something.
///
/// Cost: linear in facts times attributes; a few milliseconds for 2,000 facts.
struct ScopeSearch {
  /// How often something happened.
  struct Tally: Hashable {
    var count = 0
    var of = 0

    mutating func add(_ happened: Bool) {
      of += 1
      if happened { count += 1 }
    }
  }

  /// One fact that was asked for, and whether the model stood by another answer.
  struct Finding {
    var relation: String
    var attributes: [String: String]
    var contradicts: Bool
  }

  /// One class of facts, with the weight of the findings for it.
  struct Candidate {
    var scope: FactScope
    var inside: Tally
    var outside: Tally
    /// Natural logarithm of the Bayes factor, planted against noise, of the findings inside.
    var logBayesFactor: Double
    /// Log-likelihood of the whole relation if exactly this scope was planted, relative to noise.
    var logFit: Double
    var logPrior: Double
  }

  /// Slices with fewer facts say too little.
  static let leastSlice = 5

  /// Every candidate, best explanation first.
  let candidates: [Candidate]
  /// Posterior probability that some candidate was planted, within 0.01 … 0.99.
  let probabilityModified: Double
  /// Posterior probability of each relation that it, or a slice of it, was planted, taken alone.
  let relationProbabilities: [String: Double]
  /// Tally of each relation.
  let relations: [String: Tally]

  init(_ findings: [Finding]) {
    let byRelation = Dictionary(grouping: findings, by: \.relation)
    let tallies = byRelation.mapValues { group in
      group.reduce(into: Tally()) { $0.add($1.contradicts) }
    }
    relations = tallies
    var all: [Candidate] = []
    for (relation, group) in byRelation.sorted(by: { $0.key < $1.key }) {
      // In a fixed order: sums in another one differ in the last digits.
      let others = tallies.filter { $0.key != relation }.sorted { $0.key < $1.key }.map(\.value)
      all += Self.candidates(
        of: relation, group, honest: HonestMistakes(others),
        relationPrior: 1 / Double(tallies.count))
    }
    candidates = all.sorted {
      let (first, second) = ($0.logFit + $0.logPrior, $1.logFit + $1.logPrior)
      return first == second ? $0.scope.description < $1.scope.description : first > second
    }
    probabilityModified = Self.posterior(all)
    relationProbabilities = Dictionary(grouping: all, by: \.scope.relation)
      .mapValues(Self.posterior)
  }

  /// The best candidate of each relation that stands out by itself, best explanation first.
  func standouts(atLeast probability: Double) -> [Candidate] {
    var seen: Set<String> = []
    return candidates.filter {
      relationProbabilities[$0.scope.relation, default: 0] >= probability
        && seen.insert($0.scope.relation).inserted
    }
  }

  /// Probability that one of `candidates` was planted, against that none was.
  private static func posterior(_ candidates: [Candidate]) -> Double {
    let weights = candidates.map { $0.logPrior + $0.logBayesFactor }
    let top = max(weights.max() ?? 0, 0)
    let planted = weights.reduce(0) { $0 + exp($1 - top) }
    return min(max(planted / (planted + exp(-top)), 0.01), 0.99)
  }

  /// Log-probability of one sequence of answers with this tally where something was planted.
  static func planted(of tally: Tally) -> Double {
    HonestMistakes.logBetaBinomial(tally, a: 2, b: 1)
  }

  private static func candidates(
    of relation: String, _ group: [Finding], honest: HonestMistakes, relationPrior: Double
  ) -> [Candidate] {
    var slices: [FactScope: Tally] = [:]
    for finding in group {
      for (key, value) in finding.attributes {
        let scope = FactScope(relation: relation, filter: [key: value])
        slices[scope, default: Tally()].add(finding.contradicts)
      }
    }
    let whole = group.reduce(into: Tally()) { $0.add($1.contradicts) }
    slices = slices.filter { $0.value.of >= leastSlice && $0.value.of < whole.of }
    func candidate(_ scope: FactScope, _ inside: Tally, prior: Double) -> Candidate {
      let outside = Tally(count: whole.count - inside.count, of: whole.of - inside.of)
      let planted = planted(of: inside)
      return Candidate(
        scope: scope, inside: inside, outside: outside,
        logBayesFactor: planted - honest.logProbability(of: inside),
        logFit: planted + honest.logProbability(of: outside) - honest.logProbability(of: whole),
        logPrior: log(prior))
    }
    let share = slices.isEmpty ? 1.0 : 0.5
    var found = [
      candidate(FactScope(relation: relation, filter: [:]), whole, prior: relationPrior * share)
    ]
    for (scope, tally) in slices.sorted(by: { $0.key.description < $1.key.description }) {
      found.append(
        candidate(scope, tally, prior: relationPrior * 0.5 / Double(slices.count)))
    }
    return found
  }
}
