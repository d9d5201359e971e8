import AssayCore
import Foundation

/// An ablation's report as a page of tables that opens without a network.
public struct AblationPage {
  private let report: AblationReport

  /// Makes the page of `report`.
  public init(_ report: AblationReport) {
    self.report = report
  }

  /// Writes `report/ablation.html` into the folder of the tournament with every tool.
  public func write(to folder: TournamentFolder) throws -> URL {
    try folder.makeFolder("report")
    let file = folder.pageFile.deletingLastPathComponent().appendingPathComponent("ablation.html")
    try AtomicFile.write(Data(page.utf8), to: file)
    return file
  }

  /// The whole page.
  public var page: String {
    let warnings = report.warnings.map { "<div class=\"banner warn\"><p>\($0)</p></div>" as HTML }
    let methods = report.methods.map { "<li>\($0)</li>" as HTML }
    let checks = ([report.tournament] + report.without).map {
      "<code>assay verify \($0)</code>" as HTML
    }
    let html: HTML = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>Ablation of \(report.tournament)</title>
      <style>
      \(PageStyle.css)
      \(TournamentPage.style)
      </style></head><body><main>
      <header><h1>Ablation of \(report.tournament)</h1>
      <p>what each auditor loses without a tool, on the same organisms with the same seeds</p></header>
      \(warnings)
      \(report.auditors.map(section))
      <h2>Auditors beside each other</h2>
      \(auditorTable)
      <h2>How to read it</h2>
      <ul>\(methods)</ul>
      <footer>Made by assay. Every match behind these figures can be checked:
      \(checks)</footer>
      </main></body></html>
      """
    return html.text + "\n"
  }

  private func section(_ auditor: AblatedAuditor) -> HTML {
    guard !auditor.tools.isEmpty else {
      return "<h2>\(auditor.contestant)</h2><p>It called no tool that could be taken away.</p>"
    }
    let pairs: HTML? = auditor.pairs.isEmpty ? nil : "<h3>Pairs</h3>\(pairTable(auditor.pairs))"
    return """
      <h2>\(auditor.contestant)</h2>
      \(valueTable(auditor.tools))
      \(costTable(auditor.tools))
      \(pairs)
      """
  }

  private func valueTable(_ values: [AblationValue]) -> HTML {
    TournamentPage.table(
      ["without"],
      [
        "called on", "changed", "description", "p", "bits", "p", "Brier", "verdicts", "found",
        "false alarms",
      ],
      values.map { value in
        """
        <tr><td>\(Self.name(value))</td>\
        <td class="number">\(value.calledOn) of \(value.flawed + value.controls)</td>\
        <td class="number">\(value.changed)</td>\(Self.cell(value.description))\
        \(Self.cell(value.bits))\(Self.cell(value.brier.mean))\(Self.cell(value.verdict.mean))\
        \(Self.cell(value.found))\(Self.cell(value.falseAlarms))</tr>
        """
      })
  }

  private func costTable(_ values: [AblationValue]) -> HTML {
    TournamentPage.table(
      ["without"], Self.costHeadings,
      values.map { "<tr><td>\(Self.name($0))</td>\(Self.cells($0.cost))</tr>" })
  }

  private func pairTable(_ pairs: [AblationPair]) -> HTML {
    TournamentPage.table(
      ["without both"],
      [
        "changed", "description", "p", "interaction", "p", "bits", "p", "interaction", "p",
        "minutes",
      ],
      pairs.map { pair in
        """
        <tr><td>\(Self.name(pair.value))</td><td class="number">\(pair.value.changed)</td>\
        \(Self.cell(pair.value.description))\(Self.cell(pair.interaction.description))\
        \(Self.cell(pair.value.bits))\(Self.cell(pair.interaction.bits))\
        \(Self.cell(pair.value.cost.seconds, per: 60))</tr>
        """
      })
  }

  private var auditorTable: HTML {
    TournamentPage.table(
      ["auditor"],
      ["description", "bits", "Brier", "verdicts", "found", "false alarms"] + Self.costHeadings,
      report.auditors.map { auditor in
        """
        <tr><td>\(auditor.contestant)</td>\(Self.cell(auditor.description))\
        \(Self.cell(auditor.bits))\(Self.cell(auditor.brier))\(Self.cell(auditor.verdict))\
        \(Self.cell(auditor.found))\(Self.cell(auditor.falseAlarms))\(Self.cells(auditor.cost))</tr>
        """
      })
  }

  // MARK: Cells

  private static let costHeadings = [
    "minutes", "tokens", "1e12 operations", "weights read", "description a minute",
    "bits a minute", "description per 1e12", "bits per 1e12",
  ]

  private static func name(_ value: AblationValue) -> String {
    value.tools.joined(separator: " + ")
  }

  private static func cells(_ cost: AblationCost) -> HTML {
    """
    \(cell(cost.seconds, per: 60))\(cell(cost.tokens, digits: 0))\(cell(cost.flops, per: 1e12))\
    \(cell(cost.weightReads, digits: 0))\(cell(cost.descriptionPerMinute))\
    \(cell(cost.bitsPerMinute))\(cell(cost.descriptionPerTeraFLOP))\(cell(cost.bitsPerTeraFLOP))
    """
  }

  private static func cell(_ difference: PairedComparison.Difference) -> HTML {
    let p = difference.adjusted < 0.001 ? "<0.001" : String(format: "%.3f", difference.adjusted)
    return """
      \(cell(difference.mean))<td class="number">\(p)</td>
      """
  }

  private static func cell(_ alarms: AblationValue.Alarms) -> HTML {
    "<td class=\"number\">\(alarms.with) → \(alarms.without) of \(alarms.audits)</td>"
  }

  private static func cell(_ interval: Interval?, per unit: Double = 1, digits: Int = 2) -> HTML {
    guard let interval, interval.estimate.isFinite else { return "<td class=\"number\">–</td>" }
    func number(_ value: Double) -> String {
      String(format: "%.\(digits)f", value / unit).replacing("-", with: "−")
    }
    return """
      <td class="number">\(number(interval.estimate))<span class="range">\
      \(number(interval.low)) to \(number(interval.high))</span></td>
      """
  }
}
