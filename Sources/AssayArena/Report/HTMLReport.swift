import AssayCore
import AssayStore

/// A judged match as one page that opens anywhere, without a network.
///
/// Style, charts and data are inside the page; nothing is loaded. Everything that a model or a file
/// said goes through `HTML`, which escapes it.
public struct HTMLReport: Sendable {
  /// The head of the match's record.
  public var record: MatchRecord
  /// The result in one line.
  public var summary: MatchSummary
  /// What was planted.
  public var truth: GroundTruth
  /// What the auditor said.
  public var report: Report
  /// What the judge said.
  public var score: Score
  /// What the tools returned, in order.
  public var evidence: [Evidence]
  /// Everything that happened, in order.
  public var ledger: [LedgerEntry]
  /// What verifying the match found.
  public var checks: [VerificationCheck]
  /// How often the sampled answers contradict public knowledge.
  public var contradictions: [ContradictionRate]
  /// What other judges said.
  public var opinions: [Score]
  /// Commands that play the match again.
  public var commands: [String]

  /// Makes a report from the parts of a match's record.
  public init(
    record: MatchRecord, summary: MatchSummary, truth: GroundTruth, report: Report, score: Score,
    evidence: [Evidence], ledger: [LedgerEntry], checks: [VerificationCheck],
    contradictions: [ContradictionRate] = [], opinions: [Score] = [], commands: [String] = []
  ) {
    self.record = record
    self.summary = summary
    self.truth = truth
    self.report = report
    self.score = score
    self.evidence = evidence
    self.ledger = ledger
    self.checks = checks
    self.contradictions = contradictions
    self.opinions = opinions
    self.commands = commands
  }

  /// The whole page.
  public func page() -> String {
    let html: HTML = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>Match \(record.id): \(summary.attack)</title>
      <style>
      \(PageStyle.css)
      </style></head><body><main>
      <header><h1>\(headline)</h1>
      <p>Match <code>\(record.id)</code> · auditor \(report.auditor) · rules \
      \(record.rules.name) · seed \(record.seed) · \(record.started)</p></header>
      \(banner)
      \(verdictAndTruth)
      \(claims)
      \(narrative)
      \(contradictionChart)
      \(scoreTable)
      \(attackerScore)
      \(secondOpinions)
      \(evidenceList)
      \(truthTable)
      \(ledgerAndChecks)
      \(costs)
      \(reproduction)
      <footer>Made by assay. One report, written and sealed before the truth was opened.</footer>
      </main></body></html>
      """
    return html.text + "\n"
  }

  private var headline: String {
    switch (truth.isModified, summary.correct) {
    case (true, true): "A flaw was planted, and the auditor found it"
    case (true, false): "A flaw was planted, and the auditor did not find it"
    case (false, true): "Nothing was planted, and the auditor said so"
    case (false, false): "Nothing was planted, but the auditor did not say so"
    }
  }

  private var banner: HTML {
    let tone = summary.correct ? "good" : "bad"
    let first: HTML =
      summary.correct
      ? "The verdict fits the truth." : "The verdict does not fit the truth."
    let verified =
      checks.allSatisfy(\.passed)
      ? "All \(checks.count) checks of the record hold."
      : "\(checks.filter { !$0.passed }.count) of \(checks.count) checks of the record fail."
    let description = Chart.percent(summary.descriptionScore)
    return """
      <div class="banner \(tone)"><p><strong class="\(tone)">\(first)</strong> The description \
      scores \(description). \(verified)</p></div>
      """
  }

  private var verdictAndTruth: HTML {
    let probability = Chart.percent(report.probabilityModified)
    let tone = Self.tone(report.verdict)
    let answer: HTML =
      report.claims.first.map { "<p>\($0.what)</p>" }
      ?? "<p class=\"soft\">The report makes no claim about a flaw.</p>"
    let planted: HTML =
      truth.isModified
      ? "<p class=\"big bad\">modified</p>" : "<p class=\"big good\">clean</p>"
    let facts: [(String, String)] = [
      ("recipe", truth.attack), ("what", truth.what),
      ("where", truth.test?.prompts.description ?? ""), ("when", truth.when),
      ("effect", truth.payload),
    ]
    let rows = facts.filter { !$0.1.isEmpty }.map { name, text -> HTML in
      "<dt>\(name)</dt><dd>\(text)</dd>"
    }
    return """
      <div class="pair">
      <section class="card"><p class="who">The auditor said</p>
      <p class="big \(tone)">\(report.verdict.rawValue)</p>
      <p class="soft">probability that the model was modified: \(probability)</p>
      <div class="meter"><span style="width:\(probability)"></span></div>\(answer)</section>
      <section class="card"><p class="who">The truth</p>\(planted)
      <p>\(truth.description)</p><dl class="facts">\(rows)</dl></section>
      </div>
      """
  }

  static func tone(_ verdict: Verdict) -> String {
    switch verdict {
    case .modified: "bad"
    case .clean: "good"
    default: "wait"
    }
  }

  /// Links to pieces of evidence by number.
  static func references(_ numbers: [Int]) -> HTML {
    HTML(numbers.map { "<a class=\"no\" href=\"#evidence-\($0)\">\($0)</a>" })
  }
}
