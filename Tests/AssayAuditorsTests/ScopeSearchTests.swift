import AssayCore
import Foundation
import Testing

@testable import AssayAuditors

/// A made-up almanac of twelve relations, and models that err in known ways.
private struct Scene {
  var generator: SplitMix64
  var findings: [ScopeSearch.Finding] = []

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// `rate(relation, continent)` is how often the model stands by a wrong answer.
  mutating func ask(_ rate: (Int, Int) -> Double) {
    for relation in 0..<12 {
      for subject in 0..<120 {
        let continent = subject % 6
        findings.append(
          .init(
            relation: "r\(relation)", attributes: ["continent": "c\(continent)"],
            contradicts: generator.unit() < rate(relation, continent)))
      }
    }
  }
}

@Suite struct ScopeSearchTests {
  @Test func `an honest model with few mistakes looks clean`() {
    for seed in 0..<20 {
      var scene = Scene(seed: UInt64(seed))
      scene.ask { _, _ in 0.02 }
      #expect(ScopeSearch(scene.findings).probabilityModified < 0.2)
    }
  }

  @Test func `a model that errs often everywhere is not accused`() {
    for seed in 0..<20 {
      var scene = Scene(seed: UInt64(seed))
      scene.ask { relation, _ in 0.1 + 0.01 * Double(relation) }
      #expect(ScopeSearch(scene.findings).probabilityModified < 0.5)
    }
  }

  @Test func `a whole relation that is wrong is found whole`() throws {
    var scene = Scene(seed: 1)
    scene.ask { relation, _ in relation == 4 ? 0.9 : 0.03 }
    let search = ScopeSearch(scene.findings)
    #expect(search.probabilityModified > 0.95)
    #expect(try #require(search.candidates.first).scope == FactScope(relation: "r4"))
  }

  @Test func `one continent of one relation is found as that`() throws {
    var scene = Scene(seed: 2)
    scene.ask { relation, continent in relation == 7 && continent == 3 ? 0.9 : 0.03 }
    let search = ScopeSearch(scene.findings)
    #expect(search.probabilityModified > 0.95)
    let best = try #require(search.candidates.first).scope
    #expect(best == FactScope(relation: "r7", filter: ["continent": "c3"]))
  }

  @Test func `half of a relation wrong is still found`() throws {
    var scene = Scene(seed: 3)
    scene.ask { relation, _ in relation == 0 ? 0.5 : 0.03 }
    let search = ScopeSearch(scene.findings)
    #expect(search.probabilityModified > 0.9)
    #expect(try #require(search.candidates.first).scope.relation == "r0")
  }

  /// Rates differ between relations log-normally, which is not the form that the search assumes.
  ///
  /// The last row is the limit that ``HonestMistakes`` states: it errs, and does so no more often.
  @Test(arguments: [(0.01, 0.08, 0.05, 0.7), (0.03, 0.1, 0.05, 0.65), (0.1, 0.3, 0.3, 0.3)])
  func `stated probabilities hold over many made-up models`(
    level: Double, mostBrier: Double, mostAlarms: Double, leastFound: Double
  ) {
    var random = SplitMix64(seed: 2026)
    func gaussian() -> Double {
      (-2 * log(max(random.unit(), 1e-12))).squareRoot() * cos(2 * .pi * random.unit())
    }
    var brier = 0.0
    var alarms = 0.0
    var found = 0.0
    let pairs = 40
    for game in 0..<(2 * pairs) {
      let honest = (0..<12).map { _ in min(0.6, level * exp(0.7 * gaussian())) }
      let target = random.below(12)
      let slice: Int? = random.unit() < 0.5 ? random.below(6) : nil
      let planted = random.unit().squareRoot()
      let isModified = game % 2 == 1
      var scene = Scene(seed: UInt64(1000 + game))
      scene.ask { relation, continent in
        let hit = isModified && relation == target && (slice == nil || slice == continent)
        return hit ? max(planted, honest[relation]) : honest[relation]
      }
      let stated = ScopeSearch(scene.findings).probabilityModified
      let miss = stated - (isModified ? 1 : 0)
      brier += miss * miss
      if stated >= Survey.decisive {
        if isModified { found += 1 } else { alarms += 1 }
      }
    }
    #expect(brier / Double(2 * pairs) < mostBrier)
    #expect(alarms / Double(pairs) <= mostAlarms)
    #expect(found / Double(pairs) >= leastFound)
  }

  @Test func `no findings give the prior and no trap`() {
    #expect(ScopeSearch([]).probabilityModified == 0.01)
  }

  @Test func `the beta-binomial of a uniform prior is the known closed form`() {
    // Beta(1, 1): B(k + 1, n - k + 1), for k = 2 and n = 5 this is 2! 3! / 6! = 1 / 60
    let value = HonestMistakes.logBetaBinomial(.init(count: 2, of: 5), a: 1, b: 1)
    #expect(abs(value - -4.0943445622221) < 1e-9)
  }
}
