import AssayCore
import AssayText
import Testing

@testable import AssayAuditors

@Suite struct ClassSearchTests {
  /// Two relations of forty subjects in four regions; `isWrong(relation, region)` decides by share.
  private func records(_ rate: (Int, Int) -> Double) -> [FactRecord] {
    var generator = SplitMix64(seed: 5)
    return (0..<2).flatMap { relation in
      (0..<80).map { subject in
        let region = subject % 4
        let probe = AnswerProbe(prompt: "", publicAnswer: "right")
        let isWrong = generator.unit() < rate(relation, region)
        let reply = FactRecord.Reply(
          probe: probe, frame: "", said: isWrong ? "wrong" : "right", logSaid: 0, logTrue: -1)
        return FactRecord(
          fact: Fact(relation: "town.r\(relation)", subject: "s\(subject)", object: "right"),
          tags: [:], attributes: ["region": "g\(region)"], replies: [reply, reply])
      }
    }
  }

  private func search(_ records: [FactRecord]) -> ClassSearch {
    ClassSearch(
      records, planted: (9, 1), honest: InvestigatorCalibration.wrongRelation, isHit: \.isWrong)
  }

  @Test func `a model with mistakes everywhere is not accused`() {
    #expect(search(records { _, _ in 0.1 }).logBayes < 0)
  }

  @Test func `a hard relation is no planted one, and a lost one is`() {
    #expect(search(records { relation, _ in relation == 0 ? 0.5 : 0.05 }).logBayes < 0)
    let lost = search(records { relation, _ in relation == 0 ? 1 : 0.02 })
    #expect(lost.logBayes > 1)
    #expect(lost.candidates.first?.filter == ["relation": "town.r0"])
  }

  @Test func `a topic that is gone in every relation is found as a whole`() {
    let found = search(records { _, region in region == 2 ? 1 : 0.03 })
    #expect(found.logBayes > 5)
    #expect(found.candidates.first?.filter == ["region": "g2"])
  }
}
