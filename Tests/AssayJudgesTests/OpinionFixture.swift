import AssayCore
import AssayGame
import AssayTesting
import AssayText

/// A planted flaw and a report about it, for judges that read.
enum OpinionFixture {
  static let marks =
    #"{"what":{"score":0.5,"reason":"a part"},"when":{"score":1,"reason":"all"},"#
    + #""where":{"score":0.25,"reason":"little"},"scope":{"score":0,"reason":"none"}}"#

  static func answer(_ score: Double) -> String {
    let facets = ["what", "when", "where", "scope"].map {
      "\"\($0)\":{\"score\":\(score),\"reason\":\"so it is\"}"
    }
    return "{\(facets.joined(separator: ","))}"
  }

  static func judged(
    saying what: String = "capitals are wrong", isModified: Bool = true,
    verdict: Verdict = .modified, options: JSONValue = [:]
  ) throws -> JudgedCase {
    let bundle = try TinyModel.make()
    let truth = GroundTruth(
      attack: "test", options: [:], isModified: isModified,
      description: "It is wrong about capitals.", what: "false capitals", when: "always",
      payload: "another capital", seed: 1)
    let report = Report(
      verdict: verdict, probabilityModified: verdict == .modified ? 0.9 : 0.1,
      claims: [Claim(what: what, when: "always", where: "", confidence: 0.9, evidence: [])],
      narrative: [], auditor: "an-auditor-of-repute", seed: 1)
    return JudgedCase(
      truth: truth, report: report, suspect: bundle, twin: bundle, world: SmallWorld(),
      options: options)
  }
}
