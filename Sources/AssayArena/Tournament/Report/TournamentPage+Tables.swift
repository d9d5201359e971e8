import AssayCore
import Foundation

extension TournamentPage {
  func resultTable(_ results: [ContestantResult]) -> HTML {
    let unresolved = results.contains { $0.detection.contains { !$0.resolved } }
    let rows = results.map { result -> HTML in
      let detection = result.detection.reversed().map { detection -> HTML in
        """
        <td class="number">\(Self.two(detection.rate.estimate))\(detection.resolved ? "" : "*")\
        \(Self.range(detection.rate))</td>
        """
      }
      return """
        <tr><td>\(result.contestant)</td>\(Self.cell(result.answerScore))\
        \(Self.cell(result.descriptionScore))\(Self.cell(result.auroc))\(detection)\
        \(Self.cell(result.calledModified))\(Self.cell(result.falseAlarms))\
        \(Self.cell(result.brier))<td class="number">\(result.failed)</td></tr>
        """
    }
    let note: HTML? =
      unresolved
      ? "<p class=\"soft\">* too few controls for this rate: found without any false alarm</p>"
      : nil
    let table = Self.table(
      ["auditor"],
      [
        "answer score", "description", "AUROC", "found at 5 %", "found at 1 %",
        "called modified", "false alarms", "Brier", "failed",
      ], rows)
    return """
      \(table)
      \(note)
      """
  }

  var matrixTable: HTML {
    let contestants = report.contestants.map(\.contestant)
    let rows = Self.attacks(report).map { attack -> HTML in
      let cells = contestants.map { contestant -> HTML in
        guard
          let cell = report.matrix.first(where: {
            $0.label == attack.name && $0.contestant == contestant
          })
        else { return "<td class=\"number\">–</td>" }
        return """
          <td class="number">\(Self.two(cell.description))<span class="range">\
          \(cell.calledModified) of \(cell.matches)</span></td>
          """
      }
      return
        "<tr><td>\(attack.isControl ? "\(attack.name) (control)" : attack.name)</td>\(cells)</tr>"
    }
    return """
      <p class="soft">Mean score of the answer, on a control the score for restraint; below it, how \
      many were called modified.</p>
      \(Self.table(["planted"], contestants, rows))
      """
  }

  /// How many organisms there are, and how many could not be made.
  var plantingTable: HTML {
    let rows = report.plantings.map { kind -> HTML in
      """
      <tr><td>\(kind.isControl ? "\(kind.label) (control)" : kind.label)</td>\
      <td class="number">\(kind.planned)</td><td class="number">\(kind.planted)</td>\
      <td class="number">\(kind.didNotTake)</td><td class="number">\(kind.failed)</td>\
      <td class="number">\(kind.planted > 0 ? String(format: "%.1f", kind.seconds) : "–")</td></tr>
      """
    }
    let pace = report.pace.map { pace -> HTML in "<p>\(Self.words(pace))</p>" }
    return """
      \(pace)
      \(Self.table(
        ["planted"], ["planned", "there are", "did not take", "failed", "seconds each"], rows))
      """
  }

  private static func words(_ pace: TournamentPace) -> String {
    func phase(_ phase: TournamentPace.Phase, _ unit: String) -> String? {
      phase.perHour.map {
        "\(phase.jobs) \(unit) in \(String(format: "%.0f", phase.seconds)) s, "
          + "\(String(format: "%.0f", $0)) an hour"
      }
    }
    return [phase(pace.planting, "organisms"), phase(pace.playing, "matches")]
      .compactMap { $0 }.joined(separator: "; ")
      + ", with \(pace.workers) worker\(pace.workers == 1 ? "" : "s")."
  }

  /// How well triggers were recovered; nil where no flaw has one.
  var triggerTable: HTML? {
    let results = report.contestants.filter { $0.triggered > 0 }
    guard !results.isEmpty else { return nil }
    let rows = results.map { result -> HTML in
      """
      <tr><td>\(result.contestant)</td><td class="number">\(result.triggered)</td>\
      \(Self.cell(result.triggerExact))\(Self.cell(result.triggerWorking))\
      \(Self.cell(result.triggerRandom))</tr>
      """
    }
    return """
      <h2>Triggers</h2>
      <p class="soft">On flaws that need one. Exact: the planted trigger was named. Working: how often \
      the named one sets the payload off in the suspect and not in its twin; random text of its \
      length beside it.</p>
      \(Self.table(["auditor"], ["matches", "exact", "working", "random text"], rows))
      """
  }

  var unfound: HTML {
    let attacks: HTML =
      report.attacksNobodyFound.isEmpty
      ? "<p>Every attack was found at least once.</p>"
      : "<p>Not once found: <strong>\(report.attacksNobodyFound.joined(separator: ", "))</strong></p>"
    guard !report.organismsNobodyFound.isEmpty else { return attacks }
    let rows = report.organismsNobodyFound.map { organism -> HTML in
      """
      <tr><td><code>\(organism.organism)</code></td><td>\(organism.attack)</td>\
      <td>\(organism.base)</td><td>\(organism.description)</td></tr>
      """
    }
    return """
      \(attacks)
      <p>\(report.organismsNobodyFound.count) organisms that nobody found:</p>
      \(Self.table(["organism", "attack", "base", "what was done"], [], rows))
      """
  }

  var alarmTable: HTML {
    let kinds = Set(report.contestants.flatMap { $0.falseAlarmsByKind.map(\.kind) }).sorted()
    let rows = report.contestants.map { result -> HTML in
      let cells = kinds.map { kind -> HTML in
        guard let alarms = result.falseAlarmsByKind.first(where: { $0.kind == kind }) else {
          return "<td class=\"number\">–</td>"
        }
        return """
          <td class="number">\(alarms.alarms) of \(alarms.matches)\(Self.range(alarms.rate))</td>
          """
      }
      return "<tr><td>\(result.contestant)</td>\(cells)</tr>"
    }
    return Self.table(["auditor"], kinds, rows)
  }

  var calibrationTable: HTML {
    let rows = report.contestants.map { result -> HTML in
      """
      <tr><td>\(result.contestant)</td>\(Self.cell(result.brier))\
      <td class="number">\(Self.two(result.calibration.error))</td>\
      <td class="number">\(result.calibration.bins.count)</td></tr>
      """
    }
    return Self.table(["auditor"], ["Brier", "calibration error", "bins used"], rows)
  }

  var comparisonTable: HTML {
    let rows = report.comparisons.map { pair -> HTML in
      let needed = pair.answerScore.organismsNeeded.map(String.init) ?? "–"
      return """
        <tr><td>\(pair.first)</td><td>\(pair.second)</td><td class="number">\(pair.organisms)</td>\
        \(Self.cell(pair.answerScore.mean))<td class="number">\(Self.p(pair.answerScore.adjusted))\
        </td><td class="number">\(needed)</td>\(Self.cell(pair.brier.mean))\
        <td class="number">\(Self.p(pair.brier.adjusted))</td>\
        <td class="number">\(pair.onlyFirstFits) : \(pair.onlySecondFits)</td>\
        <td class="number">\(Self.p(pair.verdictAdjusted))</td></tr>
        """
    }
    let table = Self.table(
      ["first", "second"],
      ["organisms", "answer score", "p", "organisms needed", "Brier", "p", "verdicts", "p"], rows)
    return """
      <p class="soft">Differences are first minus second, on the organisms that both audited; \
      p-values are adjusted for all \(report.comparisons.count) pairs. Verdicts: organisms on which \
      only the one or only the other is right.</p>
      \(table)
      """
  }

  var ratingTable: HTML {
    Self.table(
      ["who", "side"], ["rating", "won", "matches"],
      report.ratings.map { own in
        let range = String(format: "%.0f to %.0f", own.rating.low, own.rating.high)
        return """
          <tr><td>\(own.name)</td><td>\(own.side)</td>\
          <td class="number">\(String(format: "%.0f", own.rating.estimate))\
          <span class="range">\(range)</span></td><td class="number">\(own.wins)</td>\
          <td class="number">\(own.matches)</td></tr>
          """
      })
  }

  var costTable: HTML {
    let rows = report.contestants.map { result -> HTML in
      """
      <tr><td>\(result.contestant)</td>\
      <td class="number">\(String(format: "%.1f", result.cost.calls))</td>\
      <td class="number">\(String(format: "%.0f", result.cost.tokens))</td>\
      <td class="number">\(String(format: "%.2g", result.cost.flops))</td>\
      <td class="number">\(String(format: "%.2f", result.cost.seconds))</td>\
      <td class="number">\(String(format: "%.0f", result.cost.weightReads))</td></tr>
      """
    }
    return Self.table(["auditor"], ["calls", "tokens", "FLOPs", "seconds", "weights read"], rows)
  }

  var failures: HTML? {
    guard !report.failures.isEmpty else { return nil }
    let rows = report.failures.map { failure -> HTML in
      """
      <tr><td>\(failure.kind)</td><td>\(failure.label)</td><td>\(failure.contestant ?? "–")</td>\
      <td>\(failure.reason)</td><td class="number">\(failure.attempts)</td></tr>
      """
    }
    return """
      <h2>Without a result</h2>
      \(Self.table(["kind", "attack", "auditor", "reason"], ["attempts"], rows))
      """
  }

  // MARK: Cells

  static func table(_ left: [String], _ numbers: [String], _ rows: [HTML]) -> HTML {
    let head =
      left.map { "<th>\($0)</th>" as HTML }
      + numbers.map { "<th class=\"number\">\($0)</th>" as HTML }
    return """
      <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }

  private static func cell(_ interval: Interval?) -> HTML {
    guard let interval else { return "<td class=\"number\">–</td>" }
    return "<td class=\"number\">\(two(interval.estimate))\(range(interval))</td>"
  }

  static func range(_ interval: Interval) -> HTML? {
    guard interval.estimate.isFinite else { return nil }
    return "<span class=\"range\">\(two(interval.low)) to \(two(interval.high))</span>"
  }

  static func two(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    // A minus sign as wide as a digit, for columns of differences.
    return String(format: "%.2f", abs(value) < 0.005 ? 0 : value).replacing("-", with: "−")
  }

  private static func p(_ value: Double) -> String {
    value < 0.001 ? "<0.001" : String(format: "%.3f", value)
  }
}
