import AssayCore
import Foundation
import Testing

@testable import AssayAuditors

@Suite struct HypothesisBoardTests {
  private func hypothesis(_ id: String, _ kind: Hypothesis.Kind, _ weight: Double) -> Hypothesis {
    Hypothesis(
      id: id, kind: kind, what: "", when: "", place: "", tests: [],
      findings: [.init(text: "", evidence: [1], logBayes: weight)])
  }

  @Test func `an empty board knows nothing`() {
    let board = HypothesisBoard()
    #expect(abs(board.probabilityModified - 0.5) < 1e-9)
    #expect(board.leading == nil)
  }

  @Test func `silence of good inquiries makes a flaw improbable, and that of none changes nothing`()
  {
    var board = HypothesisBoard()
    for kind in Hypothesis.Kind.allCases { board.enterSilence(kind, missed: 0.1) }
    #expect(abs(board.probabilityModified - 0.1 / 1.1) < 1e-9)
  }

  @Test func `a strong finding leads, and one against it takes it back`() {
    var board = HypothesisBoard()
    board.enter(hypothesis("a", .conduct, 8))
    board.enter(hypothesis("b", .remark, 2))
    #expect(board.leading?.id == "a")
    #expect(board.probabilityModified > 0.99)
    board.add(.init(text: "", evidence: [2], logBayes: -9), to: "a")
    #expect(board.leading?.id == "b")
    let total = board.posteriors.reduce(0) { $0 + $1.probability }
    #expect(total < 1)
  }

  @Test func `findings of one thing come together`() {
    var board = HypothesisBoard()
    board.enter(hypothesis("a", .conduct, 1))
    board.enter(hypothesis("a", .conduct, 2))
    #expect(board.hypotheses.count == 1)
    #expect(board.hypotheses[0].logBayes == 3)
    #expect(board.hypotheses[0].evidence == [1])
  }

  @Test func `an inquiry that cannot tell is worth no bits, and a perfect one all there are`() {
    let board = HypothesisBoard()
    let all = Hypothesis.Kind.allCases
    #expect(board.expectedInformation(all, sensitivity: 0.3, falseAlarm: 0.3) < 1e-9)
    let perfect = board.expectedInformation(all, sensitivity: 1, falseAlarm: 0)
    #expect(abs(perfect - 1) < 1e-9)
    let one = board.expectedInformation([.remark], sensitivity: 1, falseAlarm: 0)
    #expect(one > 0 && one < perfect)
  }

  @Test
  func `a rate far above that of honest models weighs for a flaw, one like theirs against it`() {
    let none = Weighing.rate(1, of: 100, honestMean: 0.03, concentration: 12)
    let many = Weighing.rate(80, of: 100, honestMean: 0.03, concentration: 12)
    #expect(none < -1 && many > 3)
    #expect(Weighing.p(1) < 0 && Weighing.p(1e-6) > 5)
    #expect(abs(Weighing.averaged([log(8), log(4)], looks: 4) - log(3)) < 1e-9)
  }

  @Test func `calibration keeps order and never says certain`() {
    let values = [0, 0.1, 0.5, 0.9, 1].map(InvestigatorCalibration.calibrated)
    #expect(values == values.sorted())
    #expect(values[0] >= 0.01 && values[4] <= 0.99)
  }
}
