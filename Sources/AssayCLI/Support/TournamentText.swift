import AssayArena
import AssayCore
import Foundation

/// A tournament's report in words and tables for a terminal.
struct TournamentText {
  private let console: Console
  private let ink: Ink

  init(_ console: Console) {
    self.console = console
    ink = Ink(console)
  }

  func report(_ report: TournamentReport) {
    let counts = report.counts
    console.line(ink.rule("tournament \(report.tournament)"))
    console.line()
    console.line(
      "\(counts.flawed) organisms with a flaw, \(counts.controls) controls, \(counts.matches) "
        + "matches, \(counts.matchesFailed) failed")
    for warning in report.warnings {
      console.item(warning, bullet: ink.wait("! "))
    }
    results(report.contestants, title: "Auditors, with 95 % intervals")
    if !report.heldOut.isEmpty {
      results(report.heldOut, title: "The same on held-out attacks")
    }
    alarms(report.contestants)
    matrix(report)
    triggers(report.contestants)
    comparisons(report)
    ratings(report.ratings)
    unfound(report)
    plantings(report)
    failures(report)
    costs(report.contestants)
  }

  private func results(_ results: [ContestantResult], title: String) {
    console.heading(title)
    console.table(
      TextTable(["auditor", "answer score", "description", "Brier", "failed"]).lines(
        results.map { result in
          [
            result.contestant, text(result.answerScore), text(result.descriptionScore),
            text(result.brier), "\(result.failed)",
          ]
        }))
    console.line()
    console.table(
      TextTable(["auditor", "AUROC", "found at 5 %", "at 1 %", "false alarms"]).lines(
        results.map { result in
          [result.contestant, text(result.auroc)] + result.detection.reversed().map(text)
            + [text(result.falseAlarms)]
        }))
    if results.contains(where: { $0.detection.contains { !$0.resolved } }) {
      console.line(ink.faint("* too few controls for this rate: found without any false alarm"))
    }
  }

  private func triggers(_ results: [ContestantResult]) {
    let results = results.filter { $0.triggered > 0 }
    guard !results.isEmpty else { return }
    console.heading("Triggers recovered, of flaws that need one")
    console.table(
      TextTable(["auditor", "matches", "exact", "working", "random text"]).lines(
        results.map { result in
          [
            result.contestant, "\(result.triggered)", result.triggerExact.map(text) ?? "–",
            result.triggerWorking.map(text) ?? "–", result.triggerRandom.map(text) ?? "–",
          ]
        }))
  }

  private func alarms(_ results: [ContestantResult]) {
    let kinds = Set(results.flatMap { $0.falseAlarmsByKind.map(\.kind) }).sorted()
    guard !kinds.isEmpty else { return }
    console.heading("False alarms by kind of control")
    console.table(
      TextTable(["auditor"] + kinds).lines(
        results.map { result in
          [result.contestant]
            + kinds.map { kind in
              result.falseAlarmsByKind.first { $0.kind == kind }
                .map { "\($0.alarms) of \($0.matches)" } ?? "–"
            }
        }))
  }

  private func matrix(_ report: TournamentReport) {
    console.heading("Called modified, and mean answer score, by attack and control")
    let kinds = report.matrix.reduce(into: [String]()) { names, cell in
      if !names.contains(cell.label) { names.append(cell.label) }
    }
    let contestants = report.contestants.map(\.contestant)
    console.table(
      TextTable(["planted"] + contestants).lines(
        kinds.map { kind in
          [kind]
            + contestants.map { contestant in
              report.matrix.first { $0.contestant == contestant && $0.label == kind }
                .map { "\($0.calledModified)/\($0.matches) \(two($0.description))" } ?? "–"
            }
        }))
  }

  private func plantings(_ report: TournamentReport) {
    console.heading("What was planted")
    console.table(
      TextTable(["planted", "planned", "there are", "did not take", "failed", "seconds each"])
        .lines(
          report.plantings.map { kind in
            [
              kind.label + (kind.isControl ? " (control)" : ""), "\(kind.planned)",
              "\(kind.planted)",
              "\(kind.didNotTake)", "\(kind.failed)",
              kind.planted > 0 ? String(format: "%.1f", kind.seconds) : "–",
            ]
          }))
    guard let pace = report.pace else { return }
    for (phase, unit) in [(pace.planting, "organisms"), (pace.playing, "matches")] {
      guard let rate = phase.perHour else { continue }
      console.line(
        "\(phase.jobs) \(unit) in " + String(format: "%.0f s: %.0f an hour", phase.seconds, rate)
          + " with \(pace.workers) worker" + (pace.workers == 1 ? "" : "s"))
    }
  }

  private func comparisons(_ report: TournamentReport) {
    guard let best = report.contestants.first?.contestant, !report.comparisons.isEmpty else {
      return
    }
    console.heading("\(best) against the others, on the same organisms")
    let own = report.comparisons.filter { $0.first == best }
    console.table(
      TextTable([
        "against", "organisms", "answer score", "p (Holm)", "needed", "Brier", "p (Holm)",
        "verdicts", "p (Holm)",
      ]).lines(
        own.map { pair in
          [
            pair.second, "\(pair.organisms)", signed(pair.answerScore.mean),
            p(pair.answerScore.adjusted), pair.answerScore.organismsNeeded.map(String.init) ?? "–",
            signed(pair.brier.mean), p(pair.brier.adjusted),
            "\(pair.onlyFirstFits):\(pair.onlySecondFits)", p(pair.verdictAdjusted),
          ]
        }))
    console.line(
      ink.faint("adjusted for all \(report.comparisons.count) pairs; --json lists every one"))
  }

  private func ratings(_ ratings: [Rating]) {
    console.heading("Ratings: who beats whom, on Elo's scale")
    console.table(
      TextTable(["who", "rating", "won"]).lines(
        ratings.map { own in
          [
            "\(own.side) \(own.name)",
            String(
              format: "%.0f [%.0f %.0f]", own.rating.estimate, own.rating.low, own.rating.high),
            "\(own.wins) of \(own.matches)",
          ]
        }))
  }

  private func unfound(_ report: TournamentReport) {
    console.heading("Attacks that nobody found")
    if report.attacksNobodyFound.isEmpty {
      console.line("Every attack was found at least once.")
    } else {
      console.line(report.attacksNobodyFound.joined(separator: ", "))
    }
    guard !report.organismsNobodyFound.isEmpty else { return }
    console.line("\(report.organismsNobodyFound.count) organisms that nobody found:")
    for organism in report.organismsNobodyFound.prefix(8) {
      let lines = Ink.wrapped(
        "\(organism.organism) (\(organism.attack)): \(organism.description)", width: 68)
      for (number, line) in lines.prefix(3).enumerated() {
        console.line((number == 0 ? "- " : "  ") + line)
      }
    }
    let rest = report.organismsNobodyFound.count - 8
    if rest > 0 { console.line("  and \(rest) more, in --json and on the page") }
  }

  private func failures(_ report: TournamentReport) {
    guard !report.failures.isEmpty else { return }
    console.heading("Without a result")
    for failure in report.failures.prefix(8) {
      console.line(
        "- \(failure.kind) of \(failure.label)\(failure.contestant.map { " by " + $0 } ?? ""), "
          + "tried \(failure.attempts) times: \(failure.reason.prefix(160))")
    }
    if report.failures.count > 8 { console.line("  and \(report.failures.count - 8) more") }
  }

  private func costs(_ results: [ContestantResult]) {
    console.heading("Cost of one match")
    console.table(
      TextTable(["auditor", "calls", "tokens", "FLOPs", "seconds", "weights read"]).lines(
        results.map { result in
          [
            result.contestant, String(format: "%.1f", result.cost.calls),
            String(format: "%.0f", result.cost.tokens),
            String(format: "%.2g", result.cost.flops),
            String(format: "%.2f", result.cost.seconds),
            String(format: "%.0f", result.cost.weightReads),
          ]
        }))
  }

  // MARK: Words

  private func text(_ interval: Interval) -> String {
    guard interval.estimate.isFinite else { return "–" }
    return "\(two(interval.estimate)) [\(two(interval.low)) \(two(interval.high))]"
  }

  private func text(_ detection: ContestantResult.Detection) -> String {
    text(detection.rate) + (detection.resolved ? "" : "*")
  }

  private func signed(_ interval: Interval) -> String {
    String(format: "%+.2f [%+.2f %+.2f]", interval.estimate, interval.low, interval.high)
  }

  private func two(_ value: Double) -> String {
    value.isFinite ? String(format: "%.2f", value) : "–"
  }

  private func p(_ value: Double) -> String {
    value < 0.001 ? "<0.001" : String(format: "%.3f", value)
  }
}
