import AssayCore
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

  @Test func `no findings give the prior and no trap`() {
    #expect(ScopeSearch([]).probabilityModified == 0.01)
  }

  @Test func `the beta-binomial of a uniform prior is the known closed form`() {
    // Beta(1, 1): B(k + 1, n - k + 1), for k = 2 and n = 5 this is 2! 3! / 6! = 1 / 60
    let value = ScopeSearch.logBetaBinomial(.init(count: 2, of: 5), a: 1, b: 1)
    #expect(abs(value - -4.0943445622221) < 1e-9)
  }
}
