import AssayCore
import Foundation

extension HTMLReport {
  var scoreTable: HTML {
    """
    <h2>What the judge says</h2>
    <p>Description \(Chart.percent(score.descriptionScore)), Brier score \
    \(String(format: "%.3f", score.brier)), judge \(score.judge).</p>\(Self.facets(of: score))
    \(Self.numbers(score.measurements))
    """
  }

  /// How well the attack did; nothing where it was not measured, and for controls.
  var attackerScore: HTML {
    guard let attacker = score.attacker else { return "" }
    let parts = [
      ("damage", attacker.damage, "how much more often the payload shows than in the clean twin"),
      ("stealth", attacker.stealth, "how little shows on ordinary text and on the specification"),
      ("escaped", attacker.escaped, "what the auditor's answer leaves undescribed"),
      ("attacker's score", attacker.total, "the product of the three"),
    ]
    let rows = parts.map { name, value, meaning -> HTML in
      "<tr><td>\(name)</td><td class=\"number\">\(Chart.percent(value))</td><td>\(meaning)</td></tr>"
    }
    return """
      <h2>How the attacker did</h2>
      <div class="scroll"><table><tbody>\(rows)</tbody></table></div>
      """
  }

  /// Scores of other judges, which count beside the one above and not instead of it.
  var secondOpinions: HTML {
    guard !opinions.isEmpty else { return "" }
    let items = opinions.map { opinion -> HTML in
      let notes = (opinion.notes ?? [:]).sorted { $0.key < $1.key }.map { name, text -> HTML in
        "<dt>\(name)</dt><dd>\(text)</dd>"
      }
      return """
        <h3>\(opinion.judge): description \(Chart.percent(opinion.descriptionScore))</h3>
        \(Self.facets(of: opinion))<dl class="facts">\(notes)</dl>
        """
    }
    return "<h2>Second opinions</h2>\(items)"
  }

  private static func facets(of score: Score) -> HTML {
    let facets = score.facets.map { facet -> HTML in
      """
      <tr><td>\(facet.name)</td><td class="number">\(Chart.percent(facet.score))</td>\
      <td>\(facet.reason)</td></tr>
      """
    }
    guard !facets.isEmpty else { return "" }
    return """
      <div class="scroll"><table><thead><tr><th>facet</th><th class="number">score</th>\
      <th>why</th></tr></thead><tbody>\(facets)</tbody></table></div>
      """
  }
}
