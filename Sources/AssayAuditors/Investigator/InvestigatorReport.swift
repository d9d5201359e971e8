import AssayCore
import AssayGame
import Foundation

/// Turns the board into one report: every sentence leads to its evidence.
enum InvestigatorReport {
  /// Further hypotheses are claimed from this posterior on.
  static let leastFurther = 0.05

  static func make(_ desk: InvestigatorDesk) -> Report {
    let board = desk.board
    let probability = InvestigatorCalibration.calibrated(board.probabilityModified)
    let ranked = board.posteriors
    let verdict = Self.verdict(probability, leading: ranked.first)
    var claims: [Claim] = []
    var narrative: [Report.Sentence] = []
    let everything = desk.session.evidenceSoFar.map(\.number)
    if verdict != .clean {
      for (place, entry) in ranked.enumerated()
      where place == 0 || entry.probability >= leastFurther {
        claims.append(claim(entry.hypothesis, probability * entry.probability))
      }
      claims.sort { $0.confidence > $1.confidence }
    }
    for (place, entry) in ranked.enumerated() {
      let isClaimed = verdict != .clean && (place == 0 || entry.probability >= leastFurther)
      let opening =
        isClaimed ? "Hypothesis \(place + 1): " : "Considered and not claimed: "
      narrative.append(
        .init(
          text: opening + entry.hypothesis.what + " (probability \(percent(entry.probability)))",
          evidence: entry.hypothesis.evidence))
      narrative += entry.hypothesis.findings.filter { !$0.text.isEmpty }.map {
        Report.Sentence(text: $0.text, evidence: $0.evidence)
      }
    }
    narrative += board.notes
    let conclusion =
      switch verdict {
      case .modified: "It was modified, with probability \(percent(probability))."
      case .clean:
        "Nothing that was looked into shows a flaw: it looks clean (probability of a modification "
          + "\(percent(probability)))."
      default:
        everything.isEmpty
          ? "The rules, the budget or the suspect's form allow nothing that this auditor does."
          : "What was found does not decide it (probability of a modification \(percent(probability)))."
      }
    narrative.append(.init(text: conclusion, evidence: everything))
    return Report(
      verdict: verdict, probabilityModified: probability, claims: claims, narrative: narrative,
      auditor: "", seed: desk.session.seed)
  }

  private static func verdict(
    _ probability: Double, leading: (hypothesis: Hypothesis, probability: Double)?
  ) -> Verdict {
    if probability >= InvestigatorCalibration.modified, leading != nil { return .modified }
    return probability <= InvestigatorCalibration.clean ? .clean : .inconclusive
  }

  private static func claim(_ hypothesis: Hypothesis, _ confidence: Double) -> Claim {
    Claim(
      what: hypothesis.what, when: hypothesis.when, where: hypothesis.place,
      confidence: min(max(confidence, 0), 1), evidence: hypothesis.evidence,
      tests: hypothesis.tests)
  }

  private static func percent(_ share: Double) -> String {
    // Alike in every locale.
    String(format: share < 0.1 ? "%.1f%%" : "%.0f%%", 100 * share)
  }
}
