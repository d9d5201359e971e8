import AssayCore
import Foundation
import Testing

@testable import AssayArena

/// What SciPy and NumPy say; made by scripts/make-statistics-fixtures.py.
private let golden: JSONValue = {
  guard let url = Bundle.module.url(forResource: "Fixtures/statistics.json", withExtension: nil),
    let data = try? Data(contentsOf: url),
    let value = try? JSONDecoder().decode(JSONValue.self, from: data)
  else { return .null }
  return value
}()

@Suite struct StatisticsTests {
  @Test func `the area under a ROC curve, ties included, is SciPy's Mann-Whitney statistic`() throws
  {
    let cases = try #require(golden["roc"]?.array)
    for item in cases {
      let (positives, negatives) = try scores(item)
      let curve = ROCCurve(positives: positives, negatives: negatives)
      #expect(abs(curve.area - (item["area"]?.double ?? .nan)) < 1e-12)
      #expect(curve.points.first?.truePositiveRate == 0 && curve.points.last?.truePositiveRate == 1)
    }
  }

  @Test func `detection at a bounded false-alarm rate is the best of all thresholds`() throws {
    for item in try #require(golden["roc"]?.array) {
      let (positives, negatives) = try scores(item)
      let curve = ROCCurve(positives: positives, negatives: negatives)
      for (bound, expected) in try #require(item["detection"]?.object) {
        let point = curve.detection(atFalsePositiveRate: try #require(Double(bound)))
        #expect(abs(point.truePositiveRate - (expected.double ?? .nan)) < 1e-12)
        #expect(point.falsePositiveRate <= (Double(bound) ?? 0) + 1e-12)
      }
    }
  }

  @Test func `the interval of an area has a width even where the classes are apart`() throws {
    for item in try #require(golden["roc"]?.array) {
      let (positives, negatives) = try scores(item)
      let interval = ROCCurve.interval(
        area: try #require(item["area"]?.double), positives: positives.count,
        negatives: negatives.count)
      #expect(abs(interval.low - (item["interval"]?[0]?.double ?? .nan)) < 1e-9)
      #expect(abs(interval.high - (item["interval"]?[1]?.double ?? .nan)) < 1e-9)
      #expect(interval.high > interval.low)
    }
    #expect(ROCCurve(positives: [], negatives: [0.5]).area.isNaN)
    #expect(
      ROCCurve(positives: [0.5], negatives: []).detection(atFalsePositiveRate: 0.05).threshold
        == .infinity)
  }

  @Test func `calibration error and Brier score are NumPy's`() throws {
    let item = try #require(golden["calibration"])
    let happened = try #require(item["happened"]?.array?.map { $0.bool ?? false })
    let calibration = Calibration(
      Array(zip(try #require(item["stated"]?.doubles), happened)).map {
        (probability: $0.0, happened: $0.1)
      })
    #expect(abs(calibration.error - (item["error"]?.double ?? .nan)) < 1e-12)
    #expect(abs(calibration.brier - (item["brier"]?.double ?? .nan)) < 1e-12)
    #expect(calibration.bins.count == item["bins"]?.int)
    #expect(calibration.bins.reduce(0) { $0 + $1.count } == happened.count)
  }

  @Test func `sign flips give the exact p-value for few pairs and its estimate for many`() throws {
    for item in try #require(golden["flips"]?.array) {
      let p = PairedTest.signFlip(try #require(item["values"]?.doubles))
      #expect(abs(p - (item["p"]?.double ?? .nan)) < 1e-12)
    }
    let large = try #require(golden["large"])
    let p = PairedTest.signFlip(try #require(large["values"]?.doubles))
    #expect(abs(p - (large["p"]?.double ?? .nan)) < 0.01)
    #expect(PairedTest.signFlip([0, 0]) == 1)
  }

  @Test func `McNemar's exact test is SciPy's binomial test`() throws {
    for item in try #require(golden["mcnemar"]?.array) {
      let p = PairedTest.mcNemar(
        onlyFirst: try #require(item["first"]?.int), onlySecond: try #require(item["second"]?.int))
      #expect(abs(p - (item["p"]?.double ?? .nan)) < 1e-10)
    }
    #expect(PairedTest.mcNemar(onlyFirst: 0, onlySecond: 0) == 1)
  }

  @Test func `Holm's adjustment follows its definition`() throws {
    for item in try #require(golden["holm"]?.array) {
      let adjusted = HolmAdjustment.adjust(try #require(item["values"]?.doubles))
      for (found, expected) in zip(adjusted, try #require(item["adjusted"]?.doubles)) {
        #expect(abs(found - expected) < 1e-12)
      }
    }
  }

  @Test func `sample sizes and normal quantiles are SciPy's`() throws {
    for item in try #require(golden["sizes"]?.array) {
      let pairs = SampleSize.pairs(
        difference: try #require(item["difference"]?.double),
        standardDeviation: try #require(item["deviation"]?.double))
      #expect(pairs == max(2, item["pairs"]?.int ?? 0))
    }
    for item in try #require(golden["quantiles"]?.array) {
      let value = SampleSize.normalQuantile(try #require(item["probability"]?.double))
      #expect(abs(value - (item["value"]?.double ?? .nan)) < 1e-9)
    }
    #expect(SampleSize.pairs(difference: 0, standardDeviation: 1) == nil)
  }

  @Test func `the bootstrap spreads as the standard error says, with and without clusters`() {
    var random = SplitMix64(seed: 9)
    let values = (0..<80).map { _ in random.unit() }
    func spread(_ places: [ClusterBootstrap.Place], _ values: [Double]) -> Double {
      let bootstrap = ClusterBootstrap(places, resamples: 4000, seed: 3)
      let means = bootstrap.resamples.map { indices in
        indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
      }
      return deviation(means)
    }
    let one = values.map { _ in ClusterBootstrap.Place(stratum: "s", cluster: "c") }
    let alone = deviation(values) / 80.0.squareRoot()
    #expect(abs(spread(one, values) / alone - 1) < 0.06)
    // Eight clusters of ten equal values are worth eight values.
    let equal = (0..<80).map { values[$0 / 10] }
    let eight = (0..<80).map { ClusterBootstrap.Place(stratum: "s", cluster: "c\($0 / 10)") }
    let few = deviation(Array(values.prefix(8))) / 8.0.squareRoot()
    #expect(abs(spread(eight, equal) / few - 1) < 0.06)
  }

  @Test func `strata keep their size in every resample and the same seed draws the same`() {
    let places = (0..<10).map {
      ClusterBootstrap.Place(stratum: $0 < 4 ? "flawed" : "control", cluster: "\($0 % 2)")
    }
    let bootstrap = ClusterBootstrap(places, resamples: 50, seed: 5)
    #expect(bootstrap.resamples.allSatisfy { $0.count { $0 < 4 } == 4 && $0.count == 10 })
    #expect(ClusterBootstrap(places, resamples: 50, seed: 5).resamples == bootstrap.resamples)
    #expect(ClusterBootstrap(places, resamples: 50, seed: 6).resamples != bootstrap.resamples)
    let interval = bootstrap.interval(estimate: 0.4) { indices in
      Double(indices.count { $0 < 4 }) / Double(indices.count)
    }
    #expect(interval == Interval(estimate: 0.4, low: 0.4, high: 0.4))
    // NumPy: quantile([1, 2, 4], 0.25) == 1.5
    #expect(ClusterBootstrap.quantile([1, 2, 4], 0.25) == 1.5)
  }

  private func scores(_ item: JSONValue) throws -> ([Double], [Double]) {
    (try #require(item["positives"]?.doubles), try #require(item["negatives"]?.doubles))
  }

  /// Standard deviation of the values themselves, which is what resampling them draws from.
  private func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  @Test func `ratings are those that SciPy finds`() throws {
    for item in try #require(golden["ratings"]?.array) {
      let games = try #require(item["games"]?.array?.compactMap { $0.doubles })
      let fit = BradleyTerry(
        players: try #require(item["players"]?.int),
        games.map {
          .init(Int($0[0]), Int($0[1]), firstWins: $0[2], secondWins: $0[3])
        }, priorDeviation: try #require(item["deviation"]?.double))
      let strengths = try #require(item["strengths"]?.doubles)
      let deviations = try #require(item["deviations"]?.doubles)
      for player in strengths.indices {
        #expect(abs(fit.strengths[player] - strengths[player]) < 1e-5)
        #expect(abs(fit.covariance[player][player].squareRoot() - deviations[player]) < 1e-5)
      }
    }
  }

  @Test func `two players under a wide prior differ by the logarithm of their odds`() {
    let fit = BradleyTerry(
      players: 3, [.init(0, 1, firstWins: 8, secondWins: 2)], priorDeviation: 1000)
    let gap = fit.difference(0, 1)
    #expect(abs(gap.estimate - 400 * log10(4.0)) < 0.1)
    // The variance of log odds: 1/8 + 1/2.
    let half = 1.96 * BradleyTerry.points * (1.0 / 8 + 1.0 / 2).squareRoot()
    #expect(abs(gap.high - gap.estimate - half) < 0.1)
    #expect(fit.strengths[2] == 0)
  }

  @Test func `whoever won everything has a finite rating`() {
    let fit = BradleyTerry(players: 2, [.init(0, 1, firstWins: 50, secondWins: 0)])
    #expect(fit.rating(0).estimate > 1700 && fit.rating(0).high < 3000)
    #expect(fit.rating(0).low > fit.rating(1).high || fit.difference(0, 1).low > 0)
  }

  @Test func `a Cholesky factor solves its systems and refuses what is not positive definite`()
    throws
  {
    let matrix = [[4.0, 2, 0.5], [2, 3, 1], [0.5, 1, 2]]
    let factor = try #require(CholeskyFactor(matrix))
    let x = factor.solve([1, 2, 3])
    for (row, wanted) in zip(matrix, [1.0, 2, 3]) {
      #expect(abs(zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } - wanted) < 1e-12)
    }
    let inverse = factor.inverse()
    #expect(abs(inverse[0][1] - inverse[1][0]) < 1e-12)
    #expect(CholeskyFactor([[1, 2], [2, 1]]) == nil)
    #expect(CholeskyFactor([[.nan]]) == nil)
  }
}
