import AssayCore
import AssayGame
import Testing

@testable import AssayJudges

@Suite struct HumanJudgeTests {
  private func ask(
    _ lines: [String], _ judged: JudgedCase
  ) async throws -> (score: Score, shown: String) {
    let (typed, shown) = (Locked(lines), Locked(""))
    let terminal = JudgeTerminal(
      say: { text in shown.withLock { $0 += text } },
      line: { typed.withLock { $0.isEmpty ? nil : $0.removeFirst() } })
    let score = try await JudgeTerminal.$current.withValue(terminal) {
      try await JudgeEntry(HumanJudge.self).judge(judged)
    }
    return (score, shown.withLock { $0 })
  }

  @Test func `marks are asked facet by facet, blind to the auditor`() async throws {
    let judged = try OpinionFixture.judged()
    let (score, shown) = try await ask(["0.75", "0.5", " 0.25 ", "1", "half of it"], judged)
    #expect(score.facets.map(\.score) == [0.75, 0.5, 0.25, 1])
    // 0.2 · 0.75 + 0.8 · 0.5 · 0.25 · 1
    #expect(abs(score.descriptionScore - 0.25) < 1e-12)
    #expect(score.notes?["reason"] == "half of it" && score.judge == "human")
    #expect(shown.contains("It is wrong about capitals.") && shown.contains("capitals are wrong"))
    #expect(!shown.contains("an-auditor-of-repute"))
    let again = try JudgeEntry(HumanJudge.self).rescore(
      truth: judged.truth, report: judged.report, measurements: score.measurements)
    #expect(again?.facets == score.facets && again?.descriptionScore == score.descriptionScore)
  }

  @Test func `a mark that is none is asked for again`() async throws {
    let (score, shown) = try await ask(
      ["2", "most", "1", "1", "1", "1", ""], OpinionFixture.judged())
    #expect(score.descriptionScore == 1 && score.notes == nil)
    #expect(shown.contains("'most' is none of"))
  }

  @Test(arguments: [["1", "q"], ["1", "1", "1"], []])
  func `whoever leaves in the middle leaves no score`(_ lines: [String]) async throws {
    let judged = try OpinionFixture.judged()
    let error = await #expect(throws: AssayError.self) { try await ask(lines, judged) }
    #expect(error?.code == .stopped)
  }

  @Test func `nobody is asked about a control`() async throws {
    let judged = try OpinionFixture.judged(isModified: false, verdict: .clean)
    let (score, shown) = try await ask([], judged)
    #expect(score.verdictFits && shown.isEmpty)
  }
}
