import AssayCore
import Foundation

/// An evolution's report as a page that opens without a network: Plotly.js lies beside it.
public struct EvolutionPage {
  private let report: EvolutionReport

  /// Makes the page of `report`.
  public init(_ report: EvolutionReport) {
    self.report = report
  }

  /// Writes the page into the evolution's folder and copies Plotly.js beside it.
  ///
  /// Where Plotly.js was not fetched, the page has its tables and no charts.
  public func write(to folder: EvolutionFolder) throws -> (file: URL, hasCharts: Bool) {
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
    let course = charts ? try courseChart.html() : nil
    let ratings = charts ? try ratingChart.html() : nil
    let script: HTML? = charts ? PlotlyChart.script : nil
    let warnings = report.warnings.map { "<div class=\"banner warn\"><p>\($0)</p></div>" as HTML }
    let methods = report.methods.map { "<li>\($0)</li>" as HTML }
    let reading = report.reading.map { "<li>\($0)</li>" as HTML }
    let html: HTML = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>Evolution \(report.evolution)</title>
      <style>
      \(PageStyle.css)
      \(TournamentPage.style)
      </style></head><body><main>
      <header><h1>Evolution \(report.evolution)</h1>
      <p>an attacker that adapts over \(report.rounds.count) of \(report.planned) rounds · \
      \(report.bases.joined(separator: ", "))</p></header>
      \(warnings)
      <h2>The attacker, round by round</h2>
      \(course)
      \(roundTable)
      <h2>Ratings</h2>
      \(ratings)
      \(ratingTable)
      <h2>The best recipes</h2>
      \(recipeTable)
      <h2>What nobody found</h2>
      \(unfound)
      <h2>What the ledgers show</h2>
      <ul>\(reading)</ul>
      <h2>What the attacker believes</h2>
      \(beliefTable)
      <h2>How the figures were made</h2>
      <ul>\(methods)</ul>
      <footer>Made by assay. Every choice and every match behind these figures can be checked: \
      <code>assay verify \(report.evolution)</code></footer>
      </main>
      \(script)
      </body></html>
      """
    return html.text + "\n"
  }

  // MARK: Charts

  private var courseChart: PlotlyChart {
    let rounds = JSONValue(report.rounds.map(\.round))
    func line(_ name: String, _ value: (EvolutionReport.Round) -> Double) -> JSONValue {
      [
        "type": "scatter", "mode": "lines+markers", "name": .string(name), "x": rounds,
        "y": .array(report.rounds.map { Self.number(value($0)) }),
      ]
    }
    return PlotlyChart(
      id: "course", caption: "the attacker by round: what it planted, and what escaped",
      height: 380,
      traces: [
        line("escaped", \.success.escapeRate.estimate), line("damage", \.success.damage),
        line("stealth", \.success.stealth), line("attacker's score", \.success.score),
        line("false alarms") {
          $0.controlMatches > 0 ? Double($0.falseAlarms) / Double($0.controlMatches) : .nan
        },
      ],
      layout: [
        "xaxis": ["title": ["text": "round"], "dtick": 1],
        "yaxis": ["range": [-0.03, 1.03], "tickformat": ".0%"],
      ])
  }

  private var ratingChart: PlotlyChart {
    let ratings = Array(report.ratings.reversed())
    return PlotlyChart(
      id: "ratings", caption: "ratings on Elo's scale, with 95 % intervals",
      height: 90 + 34 * ratings.count,
      traces: [
        [
          "type": "scatter", "mode": "markers", "y": JSONValue(ratings.map(Self.label)),
          "x": .array(ratings.map { Self.number($0.rating.estimate) }), "marker": ["size": 9],
          "error_x": [
            "type": "data", "symmetric": false, "thickness": 1.2, "width": 3,
            "array": .array(ratings.map { Self.number($0.rating.high - $0.rating.estimate) }),
            "arrayminus": .array(ratings.map { Self.number($0.rating.estimate - $0.rating.low) }),
          ],
        ]
      ], layout: ["yaxis": ["type": "category", "automargin": true]])
  }

  private static func label(_ rating: Rating) -> String {
    rating.side == "attack" ? "attacker, \(rating.name)" : "\(rating.side) \(rating.name)"
  }

  private static func number(_ value: Double) -> JSONValue {
    value.isFinite ? .number((value * 1e4).rounded() / 1e4) : nil
  }

  // MARK: Tables

  private var roundTable: HTML {
    let rows = report.rounds.map { round -> HTML in
      """
      <tr><td>\(round.round)</td>\(Self.cells(round.success))\
      <td class="number">\(round.falseAlarms) of \(round.controlMatches)</td>\
      \(Self.cell(round.rating))<td><code>\(round.tournament)</code></td></tr>
      """
    }
    return TournamentPage.table(
      ["round"], Self.successHeads + ["false alarms", "rating", "tournament"], rows)
  }

  private var ratingTable: HTML {
    TournamentPage.table(
      ["who"], ["rating", "won", "matches"],
      report.ratings.map { rating in
        """
        <tr><td>\(Self.label(rating))</td>\(Self.cell(rating.rating))\
        <td class="number">\(rating.wins)</td><td class="number">\(rating.matches)</td></tr>
        """
      })
  }

  private var recipeTable: HTML {
    TournamentPage.table(
      ["recipe"], ["rounds"] + Self.successHeads + ["rating"],
      report.recipes.map { recipe in
        let failure = recipe.failure.map { "<span class=\"range\">\($0)</span>" as HTML }
        return """
          <tr><td>\(recipe.described)\(failure)</td>\
          <td class="number">\(recipe.rounds.map(String.init).joined(separator: ", "))</td>\
          \(Self.cells(recipe.success))\(Self.cell(recipe.rating))</tr>
          """
      })
  }

  private var unfound: HTML {
    guard !report.nobodyFound.isEmpty else { return "<p>Every organism was found by somebody.</p>" }
    return TournamentPage.table(
      ["organism", "what was done"], ["round", "score"],
      report.nobodyFound.map { item in
        """
        <tr><td><code>\(item.organism)</code></td><td>\(item.description)</td>\
        <td class="number">\(item.round)</td>\
        <td class="number">\(TournamentPage.two(item.score))</td></tr>
        """
      })
  }

  private var beliefTable: HTML {
    TournamentPage.table(
      ["effect on the attacker's score"], ["from the ledgers alone", "now"],
      report.beliefs.map { effect in
        """
        <tr><td>\(effect.name)</td><td class="number">\(TournamentPage.two(effect.hunch))</td>\
        <td class="number">\(TournamentPage.two(effect.effect.estimate))\
        \(TournamentPage.range(effect.effect))</td></tr>
        """
      })
  }

  private static let successHeads = ["planted", "escaped", "damage", "stealth", "score"]

  private static func cells(_ success: EvolutionReport.Success) -> HTML {
    let planted = success.planted + success.notPlanted
    return """
      <td class="number">\(success.planted) of \(planted)</td>\
      <td class="number">\(success.escaped) of \(success.matches)\
      \(TournamentPage.range(success.escapeRate))</td>\
      <td class="number">\(TournamentPage.two(success.damage))</td>\
      <td class="number">\(TournamentPage.two(success.stealth))</td>\
      <td class="number">\(TournamentPage.two(success.score))</td>
      """
  }

  private static func cell(_ rating: Interval?) -> HTML {
    guard let rating else { return "<td class=\"number\">–</td>" }
    return """
      <td class="number">\(String(format: "%.0f", rating.estimate))<span class="range">\
      \(String(format: "%.0f to %.0f", rating.low, rating.high))</span></td>
      """
  }
}
