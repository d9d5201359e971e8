import AssayCore
import Foundation

/// Sums and differences of arms by organism, with intervals that resample organisms.
///
/// Arms are paired: an audit counts where each of them has finished it, and the audits of one organism are
/// averaged, because they are as alike as can be.
struct AblationFigures {
  typealias Figure = AblationOutcome.Figure

  /// One audit of the grid, the same in every arm.
  struct Audit: Hashable {
    /// The organism's slot.
    var organism: String
    /// Which of the tournament's seeds it is.
    var round: UInt64
  }

  /// An arm and how often it counts.
  struct Term {
    var weight: Double
    var audits: [Audit: AblationOutcome]

    init(_ weight: Double, _ audits: [Audit: AblationOutcome]) {
      self.weight = weight
      self.audits = audits
    }
  }

  /// Which organisms a figure is about.
  enum Part: CaseIterable {
    case all, flawed, controls

    func holds(_ organism: TournamentPlan.Organism) -> Bool {
      switch self {
      case .all: true
      case .flawed: !organism.isControl
      case .controls: organism.isControl
      }
    }
  }

  private struct Sample {
    var outcomes: [AblationOutcome]
    var bootstrap: ClusterBootstrap
  }

  /// Audits that all arms share.
  let audits: [Audit]
  private let samples: [Part: Sample]
  private let ranges: [Figure: ClosedRange<Double>]
  private let isDifference: Bool
  private let seed: UInt64

  /// Combines `terms` organism by organism, in the order of `organisms`.
  init(_ terms: [Term], _ organisms: [TournamentPlan.Organism], seed: UInt64) {
    let shared = (terms.first?.audits ?? [:]).keys.filter { audit in
      terms.allSatisfy { $0.audits[audit] != nil }
    }
    audits = shared.sorted { ($0.organism, $0.round) < ($1.organism, $1.round) }
    let byOrganism = Dictionary(grouping: audits, by: \.organism)
    let rows = organisms.compactMap { organism -> (TournamentPlan.Organism, AblationOutcome)? in
      guard let own = byOrganism[organism.slot] else { return nil }
      var sum = AblationOutcome.zero
      for audit in own {
        for term in terms {
          guard let outcome = term.audits[audit] else { continue }
          sum.add(outcome, weight: term.weight / Double(own.count))
        }
      }
      return (organism, sum)
    }
    self.seed = seed
    isDifference = terms.count > 1
    samples = Dictionary(
      uniqueKeysWithValues: Part.allCases.map { part in
        let own = rows.filter { part.holds($0.0) }
        return (
          part,
          Sample(
            outcomes: own.map(\.1),
            bootstrap: ClusterBootstrap(own.map { TournamentData.place($0.0) }, seed: seed))
        )
      })
    ranges = Dictionary(
      uniqueKeysWithValues: Figure.allCases.compactMap { figure -> (Figure, ClosedRange<Double>)? in
        guard let own = figure.range else { return nil }
        let ends = terms.map { term in
          [term.weight * own.lowerBound, term.weight * own.upperBound].sorted()
        }
        let (low, high) = (ends.reduce(0) { $0 + $1[0] }, ends.reduce(0) { $0 + $1[1] })
        return (figure, low...high)
      })
  }

  /// How many organisms there are.
  func count(_ part: Part = .all) -> Int { samples[part]?.outcomes.count ?? 0 }

  /// Organisms on which the answer differs in any way, where the terms are a difference.
  var changed: Int {
    (samples[.all]?.outcomes ?? []).count { outcome in
      [Figure.answer, .brier, .verdict, .alarm].contains { abs(outcome[$0]) > 1e-9 }
    }
  }

  /// The mean of a figure; nan where there is no organism.
  ///
  /// Where all organisms agree no resample differs, which says nothing about how sure the mean is: then up to
  /// Wilson's bound of further organisms may lie anywhere in the figure's range.
  func mean(_ figure: Figure, _ part: Part = .all) -> Interval {
    guard let sample = samples[part], !sample.outcomes.isEmpty else {
      return Interval(estimate: .nan, low: .nan, high: .nan)
    }
    let values = sample.outcomes.map { $0[figure] }
    let estimate = values.reduce(0, +) / Double(values.count)
    let found = sample.bootstrap.interval(estimate: estimate) { indices in
      indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
    }
    guard let range = ranges[figure], !(found.high - found.low > 1e-9) else { return found }
    let other = Interval.wilson(successes: 0, of: values.count).high
    return Interval(
      estimate: estimate, low: estimate - other * (estimate - range.lowerBound),
      high: estimate + other * (range.upperBound - estimate))
  }

  /// The mean of a figure with its p-value by sign flips.
  func difference(_ figure: Figure, _ part: Part = .all) -> PairedComparison.Difference {
    let sample = samples[part] ?? Sample(outcomes: [], bootstrap: ClusterBootstrap([], seed: seed))
    var difference = PairedComparison.Difference(
      sample.outcomes.map { $0[figure] }, sample.bootstrap, seed: seed)
    difference.mean = mean(figure, part)
    return difference
  }

  /// Of fewer organisms a difference in cost may well have one sign by chance: 2 / 2⁵ is 0.06.
  static let leastForRatio = 5

  /// A figure for each `unit` of a cost, as the ratio of the two means; nil where it is not certain that there
  /// is a cost at all, as a ratio to something near 0 says nothing.
  func ratio(_ figure: Figure, per unit: Double, of cost: Figure, _ part: Part = .all) -> Interval?
  {
    guard let sample = samples[part],
      sample.outcomes.count >= (isDifference ? Self.leastForRatio : 2)
    else { return nil }
    let price = mean(cost, part)
    guard price.low > 0 else { return nil }
    let value = mean(figure, part)
    let estimate = value.estimate / price.estimate * unit
    let outcomes = sample.outcomes
    let found = sample.bootstrap.interval(estimate: estimate) { indices in
      let (value, cost) = indices.reduce(into: (0.0, 0.0)) { sums, index in
        sums.0 += outcomes[index][figure]
        sums.1 += outcomes[index][cost]
      }
      return value / cost * unit
    }
    guard !(found.high - found.low > 1e-9) else { return found }
    return Interval(
      estimate: estimate, low: value.low / price.estimate * unit,
      high: value.high / price.estimate * unit)
  }
}
