import AssayCore
import AssayGame

/// Asks a person, facet by facet, who sees truth and report and not the auditor's name.
///
/// Controls are not asked about: there the verdict decides alone. A person who stops in the middle leaves
/// no score behind, and is asked about the same report again next time.
public enum HumanJudge: Judge {
  /// The judge's name.
  public static let name = "human"
  /// How it judges.
  public static let summary = "asks a person at the terminal, blind to the auditor's name"
  /// It stands beside the score that counts.
  public static let isOpinion = true

  /// Asks through ``JudgeTerminal/current``; throws `AssayError(.stopped)` when the person leaves.
  public static func judge(_ judged: JudgedCase) async throws -> Score {
    let (truth, report) = (judged.truth, judged.report)
    var readings: [[String: Double]] = []
    var notes: [String: String] = [:]
    if truth.isModified {
      let terminal = JudgeTerminal.current
      terminal.say(try text(truth, report))
      var marks: [String: Double] = [:]
      for facet in OpinionScoring.facets {
        marks[facet] = try mark(facet, terminal)
      }
      if let reason = terminal.ask("why, in a sentence (may be empty): "), !reason.isEmpty {
        notes["reason"] = reason
      }
      readings = [marks]
    }
    let measurements = OpinionScoring.measurements(readings, truth: truth, report: report)
    var score = OpinionScoring.score(
      truth: truth, report: report, measurements: measurements, judge: name)
    score.notes = notes.isEmpty ? nil : notes
    return score
  }

  /// Computes the score once more from the recorded marks.
  public static func rescore(
    truth: GroundTruth, report: Report, measurements: [String: Double]
  ) throws -> Score? {
    OpinionScoring.score(
      truth: truth, report: report, measurements: measurements, judge: name)
  }

  private static func text(_ truth: GroundTruth, _ report: Report) throws -> String {
    let told = CaseText.truth(truth).map { "  \($0.name): \($0.text)" }
    return """
      ── the truth
      \(told.joined(separator: "\n"))
      ── the report
      \(try CanonicalJSON.string(CaseText.report(report), pretty: true))
      ── mark each facet with one of 0, 0.25, 0.5, 0.75, 1; 'q' leaves

      """
  }

  /// Asks until a mark is given.
  private static func mark(_ facet: String, _ terminal: JudgeTerminal) throws -> Double {
    while true {
      let question = "\(facet): \(OpinionScoring.meaning[facet] ?? "")? "
      guard let line = terminal.ask(question), line != "q" else {
        throw AssayError(
          .stopped, "the person left before the report was marked",
          hint: "the next call begins with the same report")
      }
      if let value = Double(line), OpinionScoring.marks.contains(value) { return value }
      terminal.say("'\(line)' is none of 0, 0.25, 0.5, 0.75, 1\n")
    }
  }
}

extension AssayError.Code {
  /// A person ended what was going on.
  public static let stopped = AssayError.Code(rawValue: "stopped")
}
