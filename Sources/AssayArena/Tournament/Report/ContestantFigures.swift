import AssayCore
import AssayJudges

/// Figures over the matches of one contestant, with intervals by resampling organisms.
struct ContestantFigures {
  /// The numbers of one match: plain, because resampling copies them millions of times.
  struct Row {
    var isFlawed: Bool
    var probability: Double
    var description: Double
    var brier: Double
    var saysModified: Double
    /// What the judge measured about the claimed trigger, 0 where none was claimed; nan where the flaw
    /// has none or the judge does not say.
    var triggerExact: Double
    var triggerWorking: Double
    /// The same of random text; nan where no trigger was claimed.
    var triggerRandom: Double

    init(_ entry: TournamentData.Entry) {
      let score = entry.result.score
      isFlawed = entry.isFlawed
      probability = entry.result.probability
      description = score.descriptionScore
      brier = score.brier
      saysModified = entry.saysModified ? 1 : 0
      typealias Name = MechanicalScoring.Name
      // A trigger that nobody names is not recovered: it must not be left out of the mean.
      let unnamed = score.measurements[Name.hasTrigger] == 1 ? 0 : Double.nan
      triggerExact = score.measurements[Name.triggerExact] ?? unnamed
      triggerWorking = score.measurements[Name.triggerWorking] ?? unnamed
      triggerRandom = score.measurements[Name.triggerRandom] ?? .nan
    }
  }

  let rows: [Row]
  private let organisms: [[Row]]
  private let bootstrap: ClusterBootstrap

  init(_ entries: [TournamentData.Entry], seed: UInt64) {
    // All audits of one organism go together: they are as alike as can be.
    let groups = Dictionary(grouping: entries, by: \.organism.slot).sorted { $0.key < $1.key }
    organisms = groups.map { $0.value.map(Row.init) }
    rows = organisms.flatMap { $0 }
    bootstrap = ClusterBootstrap(
      groups.map { TournamentData.place($0.value[0].organism) }, seed: seed)
  }

  var curve: ROCCurve { Self.curve(rows) }

  static func curve(_ rows: [Row]) -> ROCCurve {
    ROCCurve(
      positives: rows.filter(\.isFlawed).map(\.probability),
      negatives: rows.filter { !$0.isFlawed }.map(\.probability))
  }

  /// The bootstrap's interval of a figure; `fallback` where all resamples give the same, which says
  /// nothing about how sure it is.
  func interval(fallback: Interval? = nil, _ figure: ([Row]) -> Double) -> Interval {
    let estimate = figure(rows)
    guard organisms.count > 1 else { return Interval(estimate: estimate, low: 0, high: 1) }
    let found = bootstrap.interval(estimate: estimate) { indices in
      figure(indices.flatMap { organisms[$0] })
    }
    guard let fallback, !(found.high - found.low > 1e-9) else { return found }
    return Interval(estimate: estimate, low: fallback.low, high: fallback.high)
  }

  /// The mean of a value in 0...1 over flawed organisms, controls or both; a value that is not finite
  /// does not count.
  func mean(flawed: Bool? = nil, _ value: (Row) -> Double) -> Interval {
    func mean(_ rows: [Row]) -> Double {
      var (sum, count) = (0.0, 0.0)
      for row in rows where flawed == nil || row.isFlawed == flawed {
        let value = value(row)
        guard value.isFinite else { continue }
        sum += value
        count += 1
      }
      return count > 0 ? sum / count : .nan
    }
    let estimate = mean(rows)
    let count = rows.count {
      (flawed == nil || $0.isFlawed == flawed) && value($0).isFinite
    }
    guard count > 0 else { return Interval(estimate: .nan, low: 0, high: 1) }
    // At 0 and 1 a share of so many trials has an interval although nothing varies.
    let isExtreme = estimate < 1e-12 || estimate > 1 - 1e-12
    let hits = Int((estimate * Double(count)).rounded())
    return interval(
      fallback: isExtreme ? .wilson(successes: hits, of: count) : nil, mean)
  }

  /// The mean of a value that few matches have; nil where none has it.
  func known(_ value: (Row) -> Double) -> Interval? {
    rows.contains { value($0).isFinite } ? mean(value) : nil
  }

  /// The mean answer score, flawed organisms and controls weighing the same.
  func answerScore() -> Interval {
    let parts = [mean(flawed: true, \.description), mean(flawed: false, \.description)]
    // Half of it would be called good where only controls have been played yet.
    guard parts.allSatisfy(\.estimate.isFinite) else {
      return Interval(estimate: .nan, low: 0, high: 1)
    }
    return interval(
      fallback: Interval(
        estimate: 0, low: (parts[0].low + parts[1].low) / 2,
        high: (parts[0].high + parts[1].high) / 2)
    ) { rows in
      var (sums, counts) = ((0.0, 0.0), (0.0, 0.0))
      for row in rows {
        if row.isFlawed {
          sums.0 += row.description
          counts.0 += 1
        } else {
          sums.1 += row.description
          counts.1 += 1
        }
      }
      return (sums.0 / counts.0 + sums.1 / counts.1) / 2
    }
  }
}
