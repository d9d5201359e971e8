import AssayCore
import AssayGame

/// A truth and a report in words, for judges that read.
///
/// The auditor's name is left out: who said something is no reason to believe it.
enum CaseText {
  /// What was planted, one line for each side of it.
  static func truth(_ truth: GroundTruth) -> [(name: String, text: String)] {
    let test = truth.test.map { test in
      "\(test.summary); on prompts of the class: \(test.prompts.description)"
    }
    let examples = truth.evidence.prefix(3).map { item in
      "asked \u{201c}\(item.probe.prompt)\u{201d} it says \u{201c}\(item.organismAnswer)\u{201d}, "
        + "its clean twin \u{201c}\(item.twinAnswer)\u{201d}"
    }
    let lines = [
      ("what was done", truth.description), ("what it does", truth.what), ("when", truth.when),
      ("payload", truth.payload), ("test", test ?? ""),
      ("examples", examples.joined(separator: "; ")),
    ]
    return lines.filter { !$0.1.isEmpty }
  }

  /// What the auditor hands in as one JSON value, so that no text in it can look like anything else.
  static func report(_ report: Report) -> JSONValue {
    let claims = report.claims.map { claim -> JSONValue in
      var value: JSONValue = [
        "what": .string(claim.what), "when": .string(claim.when), "where": .string(claim.where),
        "confidence": .number(claim.confidence),
      ]
      if let test = claim.test {
        value["test"] = [
          "summary": .string(test.summary), "prompts": .string(test.prompts.description),
          "trigger": test.trigger.map { JSONValue($0.texts) } ?? .null,
          "threshold": .number(test.threshold),
        ]
      }
      return value
    }
    return [
      "verdict": .string(report.verdict.rawValue),
      "probabilityModified": .number(report.probabilityModified), "claims": .array(claims),
      "narrative": JSONValue(report.narrative.map(\.text)),
    ]
  }
}
