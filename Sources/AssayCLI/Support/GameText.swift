import AssayArena
import AssayCore
import AssayStore
import Foundation

/// Games in words for a terminal: what was planted, what the auditor said, how well it did.
struct GameText {
  private let console: Console
  private let ink: Ink

  init(_ console: Console) {
    self.console = console
    ink = Ink(console)
  }

  /// One judged match.
  func game(_ match: JudgedMatch) {
    let (summary, truth, report) = (match.summary, match.truth, match.report)
    console.line(ink.rule("\(summary.attack) · match \(summary.match)"))
    console.line()
    field("planted", truth.description)
    verdict(report)
    claims(report)
    let mark = summary.correct ? ink.good("✓ the verdict fits") : ink.bad("✗ the verdict is wrong")
    let description =
      truth.isModified ? ", description scores \(percent(summary.descriptionScore))" : ""
    field("judged", mark + description, wrap: false)
    if let attacker = match.score.attacker {
      field(
        "attacker",
        "\(percent(attacker.total)): damage \(percent(attacker.damage)), stealth "
          + "\(percent(attacker.stealth)), escaped \(percent(attacker.escaped))")
    }
    let seconds = [summary.seconds.plant, summary.seconds.audit, summary.seconds.judge]
      .map { String(format: "%.1f s", $0) }
    field("took", "planting \(seconds[0]), auditing \(seconds[1]), judging \(seconds[2])")
    field(
      "cost",
      "\(summary.costs.calls) tool calls, \(summary.costs.tokens) tokens, "
        + String(format: "%.3g FLOPs", summary.costs.flops))
    field("record", match.directory.path, wrap: false)
    field("report", match.page.path, wrap: false)
  }

  /// What another judge says of a report.
  func opinion(_ score: Score) {
    field("judge", score.judge)
    field("score", "description \(percent(score.descriptionScore))")
    for facet in score.facets {
      field(facet.name, "\(percent(facet.score)), \(facet.reason)")
    }
  }

  /// What an auditor concludes.
  func verdict(_ report: Report) {
    let word = report.verdict.rawValue
    let styled =
      switch report.verdict {
      case .modified: ink.bad(word)
      case .clean: ink.good(word)
      default: ink.wait(word)
      }
    let probability = percent(report.probabilityModified)
    field("auditor", "\(ink.bold(styled)), probability of a flaw \(probability)", wrap: false)
  }

  /// What an auditor claims, best first, and the evidence it cites.
  func claims(_ report: Report) {
    for claim in report.claims.prefix(2) {
      field("claim", "\(claim.what) When: \(claim.when)")
      let cited = claim.evidence.map { "#\($0)" }.joined(separator: " ")
      if !cited.isEmpty { field("evidence", cited) }
    }
    if report.claims.isEmpty, let sentence = report.narrative.last {
      field("says", sentence.text)
    }
  }

  /// What verifying found, one line a check.
  func checks(_ checks: [VerificationCheck]) {
    for check in checks {
      let mark = check.passed ? ink.good("✓") : ink.bad("✗")
      let detail = check.detail.isEmpty ? "" : ink.faint("  \(check.detail)")
      console.line("\(mark) \(check.name)\(detail)")
    }
  }

  private func field(_ name: String, _ text: String, wrap: Bool = true) {
    let lines = wrap ? Ink.wrapped(text, width: 62) : [text]
    for (number, line) in lines.enumerated() {
      let label = number == 0 ? name : ""
      console.line(
        ink.faint(label.padding(toLength: 10, withPad: " ", startingAt: 0)) + line)
    }
  }

  private func percent(_ share: Double) -> String {
    String(format: "%.0f%%", 100 * share)
  }
}
