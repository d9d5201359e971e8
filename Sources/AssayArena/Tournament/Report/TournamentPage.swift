import AssayCore
import Foundation

/// A tournament's report as a page that opens without a network: Plotly.js lies beside it.
public struct TournamentPage {
  let report: TournamentReport

  /// Makes the page of `report`.
  public init(_ report: TournamentReport) {
    self.report = report
  }

  /// Writes the page into the tournament's folder and copies Plotly.js beside it.
  ///
  /// Where Plotly.js was not fetched, the page has its tables and no charts.
  public func write(to folder: TournamentFolder) throws -> (file: URL, hasCharts: Bool) {
    try folder.makeFolder("report")
    let plotly = PlotlyFile.find()
    if let plotly {
      let copy = folder.pageFile.deletingLastPathComponent()
        .appendingPathComponent("plotly.min.js")
      try AtomicFile.write(Data(contentsOf: plotly), to: copy)
    }
    try AtomicFile.write(Data(page(charts: plotly != nil).utf8), to: folder.pageFile)
    return (folder.pageFile, plotly != nil)
  }

  /// The whole page.
  public func page(charts: Bool) throws -> String {
    func chart(_ chart: PlotlyChart) throws -> HTML? { charts ? try chart.html() : nil }
    let (overview, matrix) = (try chart(overviewChart), try chart(matrixChart))
    let (roc, calibration) = (try chart(rocChart), try chart(calibrationChart))
    let cost = try chart(costChart)
    let script: HTML? = charts ? PlotlyChart.script : nil
    let methods = report.methods.map { "<li>\($0)</li>" as HTML }
    let counts = report.counts
    let html: HTML = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>Tournament \(report.tournament)</title>
      <style>
      \(PageStyle.css)
      \(Self.style)
      </style></head><body><main>
      <header><h1>Tournament \(report.tournament)</h1>
      <p>\(counts.flawed) organisms with a flaw · \(counts.controls) controls · \
      \(counts.matches) matches · \(counts.matchesFailed) failed</p></header>
      \(warnings)
      <h2>Auditors</h2>
      \(resultTable(report.contestants))
      \(overview)
      \(heldOut)
      <h2>What gets caught, what slips through</h2>
      \(matrix)
      \(matrixTable)
      \(triggerTable)
      <h2>Attacks that nobody found</h2>
      \(unfound)
      <h2>False alarms by kind of control</h2>
      \(alarmTable)
      <h2>Detection over all thresholds</h2>
      \(roc)
      <h2>Calibration</h2>
      \(calibration)
      \(calibrationTable)
      <h2>Who differs from whom</h2>
      \(comparisonTable)
      <h2>Ratings</h2>
      \(ratingTable)
      <h2>Cost of one match</h2>
      \(cost)
      \(costTable)
      <h2>What was planted</h2>
      \(plantingTable)
      \(failures)
      <h2>How the figures were made</h2>
      <ul>\(methods)</ul>
      <footer>Made by assay. Every match behind these figures can be checked: \
      <code>assay verify \(report.tournament)</code></footer>
      </main>
      \(script)
      </body></html>
      """
    return html.text + "\n"
  }

  private var warnings: HTML {
    HTML(report.warnings.map { "<div class=\"banner warn\"><p>\($0)</p></div>" })
  }

  private var heldOut: HTML? {
    guard !report.heldOut.isEmpty else { return nil }
    return "<h3>On held-out attacks, with all controls</h3>\(resultTable(report.heldOut))"
  }

  static let style: HTML = """
    .banner.warn{border-color:var(--wait)}
    .plot{width:100%}
    th,td{overflow-wrap:normal}
    td code{white-space:nowrap}
    td .range{color:var(--soft);font-size:.82em;white-space:nowrap;display:block}
    main{max-width:72rem}
    """
}
