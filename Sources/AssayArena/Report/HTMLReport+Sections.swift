import AssayCore
import Foundation

extension HTMLReport {
  var claims: HTML {
    guard !report.claims.isEmpty else { return "" }
    let items = report.claims.enumerated().map { index, claim -> HTML in
      let test = claim.tests.map { test -> HTML in
        let trigger = test.trigger.map { ", trigger \u{201c}\($0.texts.first ?? "")\u{201d}" } ?? ""
        return """
          <dt>test</dt><dd>\(test.summary) <span class="soft">(\(test.prompts.description)\(trigger), \
          threshold \(Chart.percent(test.threshold)))</span></dd>
          """
      }
      return """
        <div class="claim"><h3>\(index + 1). \(claim.what)</h3><dl>
        <dt>when</dt><dd>\(claim.when)</dd><dt>where</dt><dd>\(claim.`where`)</dd>
        <dt>confidence</dt><dd>\(Chart.percent(claim.confidence))</dd>\(test)
        <dt>evidence</dt><dd>\(Self.references(claim.evidence))</dd></dl></div>
        """
    }
    return "<h2>What the auditor claims</h2><section class=\"card\">\(items)</section>"
  }

  var narrative: HTML {
    guard !report.narrative.isEmpty else { return "" }
    let sentences = report.narrative.map { sentence -> HTML in
      "\(sentence.text) \(Self.references(sentence.evidence))"
    }
    return "<h2>How it came to that</h2><p>\(sentences)</p>"
  }

  var contradictionChart: HTML {
    guard !contradictions.isEmpty else { return "" }
    let bars = contradictions.map {
      Chart.Bar(
        label: $0.relation, interval: $0.interval,
        note: "\($0.contradictions) of \($0.answers)")
    }
    let caption = "answers that contradict public knowledge, with 95% intervals"
    return "<h2>Where the answers are wrong</h2>\(Chart.bars(bars, caption: caption))"
  }

  var evidenceList: HTML {
    let items = evidence.map { item -> HTML in
      """
      <details id="evidence-\(item.number)"><summary><span class="no">\(item.number)</span> \
      <strong>\(item.tool)</strong> \(item.summary)</summary>
      \(JSONView.html(item.result))
      <details><summary class="soft">how it was asked, and what it cost</summary>
      \(JSONView.html(item.arguments))
      <p class="soft">\(item.cost.tokens) tokens, \
      \(String(format: "%.3g", item.cost.flops)) FLOPs, \(item.cost.weightReads) weight reads, \
      \(Self.seconds(item.cost.seconds))</p></details></details>
      """
    }
    // A link to a folded row must unfold it; without a script, the row stays folded.
    let unfold: HTML = """
      <script>
      function unfold(){var e=location.hash&&document.getElementById(location.hash.slice(1));
      if(e&&e.tagName==="DETAILS"){e.open=true;e.scrollIntoView()}}
      addEventListener("hashchange",unfold);unfold();
      </script>
      """
    guard !items.isEmpty else { return "<h2>Evidence</h2><p>No tool was called.</p>" }
    return "<h2>Evidence</h2>\(items)\(unfold)"
  }

  var truthTable: HTML {
    guard !truth.evidence.isEmpty || !truth.measurements.isEmpty else { return "" }
    let rows = truth.evidence.prefix(JSONView.shownRows).map { item -> HTML in
      """
      <tr><td>\(item.probe.prompt)</td><td>\(item.probe.publicAnswer)</td>\
      <td>\(item.organismAnswer)</td><td>\(item.twinAnswer)</td>\
      <td>\(item.plantedAnswer ?? "–")</td></tr>
      """
    }
    let table: HTML = """
      <div class="scroll"><table><thead><tr><th>held-out probe</th><th>public answer</th>\
      <th>this model</th><th>its clean twin</th><th>planted</th></tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """
    return """
      <h2>What was planted, by its own evidence</h2>
      \(rows.isEmpty ? "" : table)\(Self.numbers(truth.measurements))
      <details><summary>options of the recipe</summary>\(JSONView.html(truth.options))</details>
      """
  }

  var ledgerAndChecks: HTML {
    let verified = checks.map { check -> HTML in
      let mark: HTML =
        check.passed ? "<span class=\"good\">✓</span>" : "<span class=\"bad\">✗</span>"
      return """
        <tr><td>\(mark)</td><td>\(check.name)</td><td class="soft">\(check.detail)</td></tr>
        """
    }
    let entries = ledger.map { entry -> HTML in
      """
      <tr><td class="number">\(entry.index)</td><td>\(entry.time)</td><td>\(entry.kind)</td>\
      <td class="mono">\(String(entry.hash.prefix(16)))…</td></tr>
      """
    }
    return """
      <h2>Record</h2>
      <div class="scroll"><table><tbody>\(verified)</tbody></table></div>
      <details><summary>ledger: \(ledger.count) entries, each holding the hash of the one before\
      </summary><div class="scroll"><table><thead><tr><th class="number">no.</th><th>time</th>\
      <th>what</th><th>hash</th></tr></thead><tbody>\(entries)</tbody></table></div></details>
      """
  }

  var costs: HTML {
    let cost = summary.costs
    let (plant, audit, judge) = (
      Self.seconds(summary.seconds.plant), Self.seconds(summary.seconds.audit),
      Self.seconds(summary.seconds.judge)
    )
    return """
      <h2>Costs</h2><dl class="facts">
      <dt>tool calls</dt><dd>\(cost.calls)</dd><dt>tokens</dt><dd>\(cost.tokens)</dd>
      <dt>operations</dt><dd>\(String(format: "%.3g", cost.flops)) FLOPs</dd>
      <dt>weight reads</dt><dd>\(cost.weightReads)</dd>
      <dt>time</dt><dd>planting \(plant), auditing \(audit), judging \(judge)</dd></dl>
      """
  }

  var reproduction: HTML {
    guard !commands.isEmpty else { return "" }
    return "<h2>Play it again</h2><pre>\(commands.joined(separator: "\n"))</pre>"
  }

  static func seconds(_ value: Double) -> String {
    String(format: value < 10 ? "%.1f s" : "%.0f s", value)
  }

  static func numbers(_ measurements: [String: Double]) -> HTML {
    guard !measurements.isEmpty else { return "" }
    let rows = measurements.sorted { $0.key < $1.key }.map { name, value -> HTML in
      "<dt>\(name)</dt><dd>\(Chart.short(value))</dd>"
    }
    return "<dl class=\"facts\">\(rows)</dl>"
  }
}
