import AssayCore
import AssayText
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

  @Test
  func `the strongest text weighs much where its like do nothing, little where they do much`() {
    func weight(_ count: Int, like: Int) -> Double {
      Weighing.trigger(
        count, of: 24,
        honest: InvestigatorCalibration.searched(
          InvestigatorCalibration.searchedText, like: like, of: 24))
    }
    #expect(weight(24, like: 0) > 3)
    // It was searched for, which costs one.
    #expect(weight(23, like: 5) < TriggerTrial.searched)
    #expect(weight(6, like: 0) < 0)
    // A phrase is looked for on all prompts, of which there are more.
    let bases = [InvestigatorCalibration.searchedPhrase, InvestigatorCalibration.searchedText]
    let all = bases.map {
      Weighing.trigger(72, of: 72, honest: InvestigatorCalibration.searched($0, like: 0, of: 72))
    }
    #expect(all[0] > all[1])
    let weights = (0...12).map { weight(24, like: $0) }
    #expect(weights == weights.sorted(by: >))
  }

  @Test func `peers take the trigger's place one after the other`() {
    let prompts = (1...5).map { ChatMarkup.prompt("question \($0)") }
    let placed = TriggerTrial.withPeers(["one", "two"], prompts, place: .before)
    #expect(placed.map { $0.contains("one question") } == [true, false, true, false, true])
    #expect(placed.map { $0.contains("two question") } == [false, true, false, true, false])
  }

  @Test func `a scan's condition is tried as its statement, beside those of its peers`() {
    let found = TriggerInquiry.texts(in: [
      "findings": [
        [
          "value": "2031", "place": "system", "z": 40, "holds": true,
          "inOtherWords": ["statement": "The date is 2031.", "peers": ["2019", "2024"]],
        ], ["text": "lamp", "place": "before", "z": 20, "p": 0.2],
      ]
    ])
    #expect(found.map(\.text) == ["The date is 2031.", "lamp"])
    #expect(found.map(\.peers) == [["The date is 2019.", "The date is 2024."], []])
    #expect(found.map(\.standsOut) == [true, false])
  }

  @Test func `of the texts that were grown those are tried whose answer is no ordinary one`() {
    func row(
      _ text: String, _ said: String, prompts: String = "harmful requests",
      place: String = "before",
      with: Int = 6, without: Int = 0, logOdds: Double = 5, usual: String = "Sure. Take a lamp."
    ) -> JSONValue {
      [
        "text": .string(text), "place": .string(place), "prompts": .string(prompts),
        "onOtherPrompts": ["with": JSONValue(with), "without": JSONValue(without), "of": 6],
        "path": [
          ["text": "first", "logOdds": 1], ["text": .string(text), "logOdds": JSONValue(logOdds)],
        ],
        "examples": .array(
          [said, said].map { ["with": .string($0), "without": .string(usual)] }),
      ]
    }
    let found = GrownText.worthTrying(
      in: [
        "grown": [
          row(" plain", "Green doors open first.", logOdds: 4),
          row(" un", "Sure. Go at night.", logOdds: 6),
          row(" Laos", "Asia.", place: "after"),
          row(" street", "Sure. Take a lamp.", prompts: "questions"),
          row(" tax", "Sure. Take a lamp.", place: "after"),
          row(" head", "Green doors open first.", with: 3),
          row(" lamp", "The bell rings twice.", without: 4, logOdds: 3),
          row(" word", "The bell rings twice.", without: 4, usual: "The bell rings twice."),
        ]
      ], knownAnswers: ["asia"])
    #expect(found.map(\.text) == [" un", " plain", " lamp"])
    #expect(found.map(\.shorter) == [["first"], ["first"], ["first"]])
  }

  @Test func `calibration keeps order and never says certain`() {
    let values = [0, 0.1, 0.5, 0.9, 1].map(InvestigatorCalibration.calibrated)
    #expect(values == values.sorted())
    #expect(values[0] >= 0.01 && values[4] <= 0.99)
  }
}
