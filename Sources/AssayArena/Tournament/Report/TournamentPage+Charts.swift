import AssayCore
import Foundation

extension TournamentPage {
  /// Detection, area and alarms with their intervals, one row for each contestant.
  var overviewChart: PlotlyChart {
    let results = Array(report.contestants.reversed())
    let names = JSONValue(results.map(\.contestant))
    func dots(_ name: String, _ symbol: String, _ interval: (ContestantResult) -> Interval)
      -> JSONValue
    {
      let intervals = results.map(interval)
      return [
        "type": "scatter", "mode": "markers", "orientation": "h", "name": .string(name), "y": names,
        "x": .array(intervals.map { Self.number($0.estimate) }),
        "marker": ["size": 9, "symbol": .string(symbol)],
        "error_x": [
          "type": "data", "symmetric": false, "thickness": 1.2, "width": 3,
          "array": .array(intervals.map { Self.number($0.high - $0.estimate) }),
          "arrayminus": .array(intervals.map { Self.number($0.estimate - $0.low) }),
        ],
      ]
    }
    return PlotlyChart(
      id: "overview", caption: "each auditor, with 95 % intervals",
      height: 120 + 62 * results.count,
      traces: [
        dots("answer score", "circle", \.answerScore), dots("AUROC", "diamond", \.auroc),
        dots("found at 5 % false alarms", "square") { $0.detection.last?.rate ?? $0.auroc },
        dots("false alarms", "x", \.falseAlarms),
      ],
      layout: [
        "xaxis": ["range": [-0.03, 1.03], "tickformat": ".0%"],
        "yaxis": ["type": "category", "automargin": true],
        "scattermode": "group", "scattergap": 0.35,
        "legend": ["orientation": "h", "y": -0.12, "x": 0],
      ])
  }

  /// What gets caught, what slips through.
  var matrixChart: PlotlyChart {
    let attacks = Self.attacks(report)
    let contestants = report.contestants.map(\.contestant)
    let cells = attacks.map { attack in
      contestants.map { contestant in
        report.matrix.first { $0.label == attack.name && $0.contestant == contestant }
      }
    }
    func rows(_ value: (TournamentReport.MatrixCell) -> JSONValue) -> JSONValue {
      .array(cells.reversed().map { row in .array(row.map { $0.map(value) ?? .null }) })
    }
    let names = attacks.map { $0.isControl ? "\($0.name) (control)" : $0.name }
    return PlotlyChart(
      id: "matrix",
      caption: "mean stated probability that the model was modified; in the cells, how "
        + "many were called modified",
      height: 130 + 30 * attacks.count,
      traces: [
        [
          "type": "heatmap", "x": JSONValue(contestants), "y": JSONValue(names.reversed()),
          "z": rows { Self.number($0.probability) },
          "text": rows { .string("\($0.calledModified) of \($0.matches)") },
          "texttemplate": "%{text}",
          "hovertemplate": "%{y} on %{x}: %{z:.2f}, %{text}<extra></extra>",
          "zmin": 0, "zmax": 1, "xgap": 2, "ygap": 2,
          "colorscale": [[0, "#eef2f5"], [0.5, "#e9c98f"], [1, "#b0413a"]],
          "colorbar": ["thickness": 10, "tickformat": ".0%"],
          "textfont": ["color": "#22252b"],
        ]
      ],
      layout: [
        "yaxis": ["type": "category", "automargin": true],
        "xaxis": ["type": "category", "automargin": true, "side": "top"],
      ])
  }

  /// ROC curves of the stated probabilities.
  var rocChart: PlotlyChart {
    let diagonal: JSONValue = [
      "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "showlegend": false,
      "hoverinfo": "skip", "line": ["dash": "dot", "width": 1, "color": "#8a8f98"],
    ]
    return PlotlyChart(
      id: "roc", caption: "flawed organisms found against controls accused, over all thresholds",
      height: 440,
      traces: [diagonal]
        + report.contestants.filter { $0.auroc.estimate.isFinite }.map { result -> JSONValue in
          [
            "type": "scatter", "mode": "lines+markers", "name": .string(result.contestant),
            "x": .array(result.roc.map { Self.number($0.falsePositiveRate) }),
            "y": .array(result.roc.map { Self.number($0.truePositiveRate) }),
            "marker": ["size": 4],
          ]
        },
      layout: [
        "xaxis": ["title": ["text": "controls accused"], "range": [-0.02, 1.02]],
        "yaxis": ["title": ["text": "flaws found"], "range": [-0.02, 1.02]],
      ])
  }

  /// Stated against observed.
  var calibrationChart: PlotlyChart {
    let diagonal: JSONValue = [
      "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "showlegend": false,
      "hoverinfo": "skip", "line": ["dash": "dot", "width": 1, "color": "#8a8f98"],
    ]
    return PlotlyChart(
      id: "calibration",
      caption: "stated probability against the share that was really modified; larger dots hold "
        + "more matches",
      height: 440,
      traces: [diagonal]
        + report.contestants.map { result -> JSONValue in
          let bins = result.calibration.bins
          return [
            "type": "scatter", "mode": "lines+markers", "name": .string(result.contestant),
            "x": .array(bins.map { Self.number($0.stated) }),
            "y": .array(bins.map { Self.number($0.observed.estimate) }),
            "text": JSONValue(bins.map { "\($0.count) matches" }),
            "line": ["width": 1],
            "marker": [
              "size": .array(bins.map { .number(5 + 2.2 * Double($0.count).squareRoot()) })
            ],
          ]
        },
      layout: [
        "xaxis": ["title": ["text": "stated"], "range": [-0.04, 1.04]],
        "yaxis": ["title": ["text": "observed"], "range": [-0.04, 1.04]],
      ])
  }

  /// What the answers cost.
  var costChart: PlotlyChart {
    PlotlyChart(
      id: "cost", caption: "answer score against tokens of a match", height: 380,
      traces: report.contestants.map { result -> JSONValue in
        [
          "type": "scatter", "mode": "markers+text", "name": .string(result.contestant),
          "x": [.number(max(1, result.cost.tokens))],
          "y": [Self.number(result.answerScore.estimate)],
          "text": [.string(result.contestant)], "textposition": "top center",
          "marker": ["size": 10], "showlegend": false,
          "error_y": [
            "type": "data", "symmetric": false, "thickness": 1.2, "width": 3,
            "array": [Self.number(result.answerScore.high - result.answerScore.estimate)],
            "arrayminus": [Self.number(result.answerScore.estimate - result.answerScore.low)],
          ],
        ]
      },
      layout: [
        "xaxis": ["type": "log", "dtick": 1, "title": ["text": "tokens of a match"]],
        "yaxis": ["title": ["text": "answer score"], "range": [-0.05, 1.1]],
      ])
  }

  /// Attacks with what hides them, then controls.
  static func attacks(_ report: TournamentReport) -> [(name: String, isControl: Bool)] {
    report.matrix.reduce(into: []) { found, cell in
      if !found.contains(where: { $0.name == cell.label }) {
        found.append((cell.label, cell.isControl))
      }
    }
  }

  /// A number with as many digits as a chart shows; null where there is none.
  private static func number(_ value: Double) -> JSONValue {
    value.isFinite ? .number((value * 1e4).rounded() / 1e4) : nil
  }
}
