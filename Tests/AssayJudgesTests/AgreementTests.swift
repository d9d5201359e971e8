import Testing

@testable import AssayJudges

@Suite struct AgreementTests {
  @Test func `weighted kappa is that of a table worked out by hand`() throws {
    // Marks 0, 0, 2, 2 of one and 0, 1, 2, 1 of the other, in quarters: the squared distances are
    // 0, 1, 0, 1, a sum of 2. All 16 pairs of margins: 0 with (0, 1, 2, 1) gives 0 + 1 + 4 + 1 = 6,
    // 2 with them 4 + 1 + 0 + 1 = 6, each twice: 24 over 4 cases is 6. Kappa is 1 − 2 / 6.
    let kappa = try #require(WeightedKappa.value([0, 0, 0.5, 0.5], [0, 0.25, 0.5, 0.25]))
    #expect(abs(kappa - 2.0 / 3) < 1e-12)
    #expect(WeightedKappa.value([0, 0.5, 1], [0, 0.5, 1]) == 1)
    // Opposite ends: observed 16 + 16, expected (0 + 16 + 16 + 0) / 2 = 16.
    #expect(WeightedKappa.value([0, 1], [1, 0]) == -1)
    #expect(WeightedKappa.value([0.5, 0.5], [0.5, 0.5]) == nil)
    #expect(WeightedKappa.value([], []) == nil)
    // A mean of three readings counts as the quarter that it is nearest to.
    #expect(WeightedKappa.value([0.08, 0.95], [0, 1]) == 1)
  }

  @Test func `ranks share the mean where values are equal`() {
    #expect(RankCorrelation.ranks([3, 1, 3, 2]) == [3.5, 1, 3.5, 2])
  }

  @Test func `Spearman's correlation is that of ranks worked out by hand`() throws {
    // Without ties: 1 − 6 Σ d² / (n (n² − 1)); d = 1, −1, 0, 0 over 4 values: 1 − 12 / 60.
    let plain = try #require(RankCorrelation.value([1, 2, 3, 4], [2, 1, 3, 4]))
    #expect(abs(plain - 0.8) < 1e-12)
    // With ties: ranks (1.5, 1.5, 3) and (1, 2.5, 2.5), products about their mean 2:
    // 0.5 − 0.25 + 0.5 = 0.75; squares 1.5 and 1.5.
    let tied = try #require(RankCorrelation.value([0, 0, 1], [0, 1, 1]))
    #expect(abs(tied - 0.5) < 1e-12)
    #expect(RankCorrelation.value([1, 1], [1, 2]) == nil)
  }

  @Test func `intervals hold the estimate, come again with the seed, and widen with few matches`()
    throws
  {
    func pairs(_ matches: Int) -> [Agreement.Pair] {
      (0..<matches).flatMap { match in
        (0..<4).map { facet in
          let mark = Double((match + facet) % 5) / 4
          return Agreement.Pair(
            match: "\(match)", first: mark, second: match % 3 == 0 ? 1 - mark : mark)
        }
      }
    }
    let (many, few) = (Agreement(pairs(60)), Agreement(pairs(6)))
    #expect(many == Agreement(pairs(60)))
    #expect(many.matches == 60 && many.marks == 240)
    let (wide, narrow) = (try #require(few.kappa), try #require(many.kappa))
    #expect(narrow.low < narrow.estimate && narrow.estimate < narrow.high)
    #expect(wide.high - wide.low > 1.5 * (narrow.high - narrow.low))
    #expect(many.spearman.map { $0.low < $0.estimate && $0.estimate < $0.high } == true)
  }

  @Test func `one match says nothing of how agreement would vary`() throws {
    let one = Agreement([
      .init(match: "a", first: 0, second: 0), .init(match: "a", first: 1, second: 1),
    ])
    let kappa = try #require(one.kappa)
    #expect(kappa.estimate == 1 && kappa.low == -1 && kappa.high == 1)
  }
}
