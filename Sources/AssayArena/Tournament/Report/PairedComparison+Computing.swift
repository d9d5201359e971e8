import AssayCore
import Foundation

extension PairedComparison {
  /// Compares every two contestants, in the order of the labels given.
  static func all(_ data: TournamentData, order: [String], seed: UInt64) -> [PairedComparison] {
    let byLabel = Dictionary(data.contestants.map { ($0.label, $0) }, uniquingKeysWith: { $1 })
    let means = byLabel.mapValues { organismMeans(data.entries[$0] ?? []) }
    var pairs: [PairedComparison] = []
    var verdicts: [Double] = []
    for (index, first) in order.enumerated() {
      for second in order[(index + 1)...] {
        guard let one = means[first], let two = means[second] else { continue }
        let shared = data.plan.organisms.filter { one[$0.slot] != nil && two[$0.slot] != nil }
        guard !shared.isEmpty else { continue }
        let bootstrap = ClusterBootstrap(shared.map(TournamentData.place), seed: seed)
        func differences(_ value: (OrganismMean) -> Double) -> [Double] {
          shared.map { organism in
            guard let a = one[organism.slot], let b = two[organism.slot] else { return 0 }
            return value(a) - value(b)
          }
        }
        let fits = differences(\.fits)
        let (onlyFirst, onlySecond) = (fits.count { $0 > 0.5 }, fits.count { $0 < -0.5 })
        verdicts.append(PairedTest.mcNemar(onlyFirst: onlyFirst, onlySecond: onlySecond))
        pairs.append(
          PairedComparison(
            first: first, second: second, organisms: shared.count,
            answerScore: Difference(differences(\.description), bootstrap, seed: seed),
            brier: Difference(differences(\.brier), bootstrap, seed: seed),
            onlyFirstFits: onlyFirst, onlySecondFits: onlySecond, verdictAdjusted: 1))
      }
    }
    let scores = HolmAdjustment.adjust(pairs.map(\.answerScore.p))
    let briers = HolmAdjustment.adjust(pairs.map(\.brier.p))
    let fits = HolmAdjustment.adjust(verdicts)
    for index in pairs.indices {
      pairs[index].answerScore.adjusted = scores[index]
      pairs[index].brier.adjusted = briers[index]
      pairs[index].verdictAdjusted = fits[index]
    }
    return pairs
  }

  /// One contestant on one organism, its audits averaged.
  private struct OrganismMean {
    var description = 0.0
    var brier = 0.0
    var fits = 0.0
  }

  private static func organismMeans(
    _ entries: [TournamentData.Entry]
  ) -> [String: OrganismMean] {
    Dictionary(grouping: entries, by: \.organism.slot).mapValues { audits in
      audits.reduce(into: OrganismMean()) { mean, audit in
        let weight = 1 / Double(audits.count)
        mean.description += weight * audit.result.score.descriptionScore
        mean.brier += weight * audit.result.score.brier
        mean.fits += weight * (audit.result.score.verdictFits ? 1 : 0)
      }
    }
  }
}

extension PairedComparison.Difference {
  init(_ values: [Double], _ bootstrap: ClusterBootstrap, seed: UInt64) {
    let count = Double(values.count)
    let average = values.reduce(0, +) / count
    mean = bootstrap.interval(estimate: average) { indices in
      indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
    }
    p = PairedTest.signFlip(values, seed: seed)
    adjusted = p
    let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
    organismsNeeded =
      values.count > 1
      ? SampleSize.pairs(
        difference: average, standardDeviation: (squares / (count - 1)).squareRoot()) : nil
  }
}
