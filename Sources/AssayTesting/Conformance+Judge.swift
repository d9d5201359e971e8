import AssayCore
import AssayGame

extension Conformance {
  /// Checks a judge by judging a case twice, and a report that claims the opposite.
  ///
  /// Scores lie in their ranges, are the same again, follow from their measurements where the judge
  /// can say how, and a wrong verdict is never correct. Returns the score.
  @discardableResult
  public static func checkJudge<J: Judge>(
    _ judge: J.Type, on judged: JudgedCase
  ) async throws -> Score {
    let entry = JudgeEntry(judge)
    try checkNames(entry.name, entry.summary)
    let score = try await entry.judge(judged)
    try checkScore(score, judged, entry.name)
    try require(
      try await entry.judge(judged) == score, "'\(entry.name)' scores the same case differently")
    let rescored = try entry.rescore(
      truth: judged.truth, report: judged.report, measurements: score.measurements)
    if var again = rescored {
      // Words do not follow from numbers.
      again.notes = score.notes
      try require(
        again == score, "the score of '\(entry.name)' does not follow from its measurements")
    }
    var opposite = judged
    let wrong: Verdict = judged.truth.isModified ? .clean : .modified
    opposite.report.verdict = wrong
    opposite.report.probabilityModified = wrong == .modified ? 0.99 : 0.01
    let refused = try await entry.judge(opposite)
    try checkScore(refused, opposite, entry.name)
    try require(
      !refused.verdictFits && !refused.correct,
      "'\(entry.name)' finds the verdict '\(wrong.rawValue)' right where it is wrong")
    return score
  }

  private static func checkScore(
    _ score: Score, _ judged: JudgedCase, _ name: String
  ) throws {
    let parts = [score.descriptionScore, score.brier] + score.facets.map(\.score)
    try require(
      parts.allSatisfy { (0...1).contains($0) }, "'\(name)' gives scores outside of 0...1")
    try require(
      score.facets.allSatisfy { !$0.reason.isEmpty }, "'\(name)' must give its reasons")
    let brier = Score.brier(
      probability: judged.report.probabilityModified, isModified: judged.truth.isModified)
    try require(abs(score.brier - brier) < 1e-9, "the Brier score of '\(name)' is wrong")
    try require(
      score.verdictFits || !score.correct, "'\(name)' finds a report right whose verdict is wrong")
    try require(
      score.measurements.values.allSatisfy(\.isFinite), "'\(name)' measured what is not a number")
  }
}
