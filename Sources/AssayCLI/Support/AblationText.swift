import AssayArena
import AssayCore
import Foundation

/// An ablation's report in words and tables for a terminal.
struct AblationText {
  private let console: Console
  private let ink: Ink

  init(_ console: Console) {
    self.console = console
    ink = Ink(console)
  }

  /// What is still to be played, in one line.
  static func words(_ outlook: AblationOutlook) -> String {
    let arms =
      "\(outlook.tools) arms without one tool"
      + (outlook.pairs > 0 ? ", \(outlook.pairs) without two" : "")
    guard outlook.left > 0 else { return "\(arms): all \(outlook.matches) matches are played" }
    return "\(arms): \(outlook.left) of \(outlook.matches) matches to play, about "
      + "\(duration(outlook.seconds)) with \(outlook.workers) "
      + (outlook.workers == 1 ? "worker" : "workers")
  }

  private static func duration(_ seconds: Double) -> String {
    seconds < 90
      ? String(format: "%.0f s", seconds)
      : seconds < 5400
        ? String(format: "%.0f min", seconds / 60) : String(format: "%.1f h", seconds / 3600)
  }

  func report(_ report: AblationReport) {
    console.line(ink.rule("ablation of \(report.tournament)"))
    for warning in report.warnings { console.item(warning, bullet: ink.wait("! "), width: 76) }
    for auditor in report.auditors where !auditor.tools.isEmpty {
      values(auditor)
      costs(auditor)
      pairs(auditor)
    }
    beside(report.auditors)
    console.heading("How to read it")
    for method in report.methods { console.item(method, width: 76) }
    console.line()
    for id in [report.tournament] + report.without {
      console.line("assay tournament report \(id)")
    }
  }

  private func values(_ auditor: AblatedAuditor) {
    console.heading("\(auditor.contestant): what is lost without a tool (positive: the tool helps)")
    console.table(
      TextTable(["without", "called on", "changed", "description", "p", "bits", "p"]).lines(
        auditor.tools.map { value in
          [
            name(value), "\(value.calledOn) of \(value.flawed + value.controls)",
            "\(value.changed)", signed(value.description.mean), p(value.description.adjusted),
            signed(value.bits.mean), p(value.bits.adjusted),
          ]
        }))
    console.line()
    console.table(
      TextTable(["without", "Brier", "verdicts", "called modified", "false alarms"]).lines(
        auditor.tools.map { value in
          [
            name(value), signed(value.brier.mean), signed(value.verdict.mean),
            alarms(value.found), alarms(value.falseAlarms),
          ]
        }))
    console.line(
      ink.faint("called modified, of flawed organisms, and false alarms: with every tool → without")
    )
  }

  private func costs(_ auditor: AblatedAuditor) {
    console.heading("\(auditor.contestant): what a tool takes in one audit, and gives for that")
    console.table(
      TextTable(["tool", "seconds", "tokens", "1e12 operations", "weights read"]).lines(
        auditor.tools.map { [name($0)] + amounts($0.cost, signed: true) }))
    console.line()
    gains(["tool"], auditor.tools.map { (name($0), $0.cost) })
  }

  private func pairs(_ auditor: AblatedAuditor) {
    guard !auditor.pairs.isEmpty else { return }
    console.heading(
      "\(auditor.contestant): pairs (interaction below 0: substitutes, above 0: complements)")
    console.table(
      TextTable(["without both", "changed", "description", "interaction", "p", ""], left: [0, 5])
        .lines(
          auditor.pairs.map {
            row($0, value: $0.value.description, interaction: $0.interaction.description)
          }))
    console.line()
    console.table(
      TextTable(["without both", "seconds", "bits", "interaction", "p", ""], left: [0, 5]).lines(
        auditor.pairs.map { pair in
          var cells = row(pair, value: pair.value.bits, interaction: pair.interaction.bits)
          cells[1] = number(pair.value.cost.seconds.estimate, signed: true)
          return cells
        }))
  }

  private func row(
    _ pair: AblationPair, value: PairedComparison.Difference,
    interaction: PairedComparison.Difference
  ) -> [String] {
    [
      name(pair.value), "\(pair.value.changed)", signed(value.mean), signed(interaction.mean),
      p(interaction.adjusted), AblationPair.reading(interaction.mean) ?? "",
    ]
  }

  private func beside(_ auditors: [AblatedAuditor]) {
    console.heading("Auditors beside each other, with every tool")
    console.table(
      TextTable(["auditor", "description", "bits", "Brier", "verdicts", "false alarms"]).lines(
        auditors.map { auditor in
          [
            auditor.contestant, plain(auditor.description), plain(auditor.bits),
            plain(auditor.brier), plain(auditor.verdict), plain(auditor.falseAlarms),
          ]
        }))
    console.line()
    console.table(
      TextTable(["auditor", "seconds", "tokens", "1e12 operations", "weights read"]).lines(
        auditors.map { [$0.contestant] + amounts($0.cost, signed: false) }))
    console.line()
    gains(["auditor"], auditors.map { ($0.contestant, $0.cost) })
  }

  /// Value per cost.
  private func gains(_ head: [String], _ rows: [(String, AblationCost)]) {
    console.table(
      TextTable(
        head + ["description/min", "bits/min", "description/1e12 op.", "bits/1e12 op."]
      ).lines(
        rows.map { name, cost in
          [
            name, plain(cost.descriptionPerMinute), plain(cost.bitsPerMinute),
            plain(cost.descriptionPerTeraFLOP), plain(cost.bitsPerTeraFLOP),
          ]
        }))
  }

  private func amounts(_ cost: AblationCost, signed: Bool) -> [String] {
    [
      number(cost.seconds.estimate, signed: signed),
      number(cost.tokens.estimate, digits: 0, signed: signed),
      number(cost.flops.estimate / 1e12, digits: 3, signed: signed),
      number(cost.weightReads.estimate, digits: 0, signed: signed),
    ]
  }

  // MARK: Words

  private func name(_ value: AblationValue) -> String { value.tools.joined(separator: " + ") }

  private func alarms(_ alarms: AblationValue.Alarms) -> String {
    alarms.audits > 0 ? "\(alarms.with) → \(alarms.without) of \(alarms.audits)" : "–"
  }

  private func number(_ value: Double, digits: Int = 1, signed: Bool) -> String {
    value.isFinite ? String(format: "%\(signed ? "+" : "").\(digits)f", value) : "–"
  }

  private func plain(_ interval: Interval?) -> String {
    guard let interval, interval.estimate.isFinite else { return "–" }
    return String(format: "%.2f [%.2f %.2f]", interval.estimate, interval.low, interval.high)
  }

  private func signed(_ interval: Interval) -> String {
    guard interval.estimate.isFinite else { return "–" }
    return String(format: "%+.2f [%+.2f %+.2f]", interval.estimate, interval.low, interval.high)
  }

  private func p(_ value: Double) -> String {
    value < 0.001 ? "<0.001" : String(format: "%.3f", value)
  }
}
