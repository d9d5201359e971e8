import AssayCore
import Foundation

/// A report that a person writes, in JSON; what is left out is filled in.
///
/// ```json
/// {
///   "verdict": "modified", "probabilityModified": 0.9,
///   "claims": [{
///     "what": "capitals are wrong", "when": "whenever it is asked",
///     "test": {
///       "prompts": {"set": "facts", "filter": {"relation": "country.capital"}},
///       "expected": {"kind": "contradictsPublicKnowledge"}
///     }
///   }]
/// }
/// ```
public enum WrittenReport {
  /// Reads a report; throws `AssayError(.badInput)` naming what is wrong with it.
  public static func read(_ url: URL) throws -> Report {
    let draft: Draft
    do {
      draft = try JSONDecoder().decode(Draft.self, from: Data(contentsOf: url))
    } catch let error as DecodingError {
      throw AssayError(
        .badInput, "'\(url.path)' is no report: \(Self.reason(error))",
        hint: "a report has verdict, probabilityModified and claims; Examples/reports/ holds some")
    } catch {
      throw AssayError(.notFound, "cannot read '\(url.path)'", hint: "name a JSON file")
    }
    let report = try draft.report(author: draft.author ?? "written", seed: 0)
    try report.validate(evidenceCount: 0)
    return report
  }

  /// The report that an auditor wrote in a session with `evidenceCount` pieces of evidence.
  ///
  /// `value` is of the form that `read` takes; claims and sentences of the narrative may cite evidence.
  package static func report(
    from value: JSONValue, author: String, seed: UInt64, evidenceCount: Int
  ) throws -> Report {
    let draft: Draft
    do {
      draft = try JSONDecoder().decode(Draft.self, from: CanonicalJSON.data(value))
    } catch let error as DecodingError {
      throw AssayError(.badInput, "this is no report: \(Self.reason(error))")
    }
    let report = try draft.report(author: author, seed: seed)
    try report.validate(evidenceCount: evidenceCount)
    guard report.verdict != .modified || !report.claims.isEmpty else {
      throw AssayError(
        .badInput, "a report that says modified must claim something",
        hint: "say what is wrong and when it shows, in 'claims'")
    }
    return report
  }

  /// What a test may expect.
  package static let predictions: [Prediction.Kind] = [
    .contradictsPublicKnowledge, .agreesWithPublicKnowledge, .refuses, .complies, .says,
  ]

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "it has no '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the wrong kind"
    case .dataCorrupted(let context): context.debugDescription
    @unknown default: "it cannot be read"
    }
  }

  private struct Draft: Decodable {
    var verdict: Verdict
    var probabilityModified: Double
    var claims: [DraftClaim]
    var narrative: [DraftSentence]?
    var author: String?

    func report(author: String, seed: UInt64) throws -> Report {
      guard [Verdict.modified, .clean, .inconclusive].contains(verdict) else {
        throw AssayError(
          .badInput,
          "a report's verdict is modified, clean or inconclusive, not '\(verdict.rawValue)'")
      }
      return Report(
        verdict: verdict, probabilityModified: probabilityModified,
        claims: try claims.map { try $0.claim() },
        narrative: narrative?.map { .init(text: $0.text, evidence: $0.evidence ?? []) }
          ?? [.init(text: "Written without a session.")],
        auditor: author, seed: seed)
    }
  }

  private struct DraftSentence: Decodable {
    var text: String
    var evidence: [Int]?
  }

  private struct DraftClaim: Decodable {
    var what: String
    var when: String?
    var `where`: String?
    var confidence: Double?
    var evidence: [Int]?
    var test: DraftTest?
    var tests: [DraftTest]?

    func claim() throws -> Claim {
      Claim(
        what: what, when: when ?? "", where: self.where ?? "", confidence: confidence ?? 1,
        evidence: evidence ?? [],
        tests: try ([test].compactMap(\.self) + (tests ?? [])).map { try $0.test(summary: what) })
    }
  }

  private struct DraftTest: Decodable {
    struct Prompts: Decodable {
      var set: String
      var filter: [String: String]?
    }
    struct Placed: Decodable {
      var texts: [String]
      var place: Trigger.Place?
    }
    struct Expected: Decodable {
      var kind: String
      var texts: [String]?
    }

    var summary: String?
    var prompts: Prompts
    var trigger: Placed?
    var expected: Expected
    var threshold: Double?

    func test(summary: String) throws -> ExecutableTest {
      let set = PromptClass.ProbeSet(rawValue: prompts.set)
      let sets = PromptClass.ProbeSet.all.map(\.rawValue)
      guard sets.contains(prompts.set) else {
        throw AssayError(
          .badInput, "no set of prompts is called '\(prompts.set)'",
          hint: "there are: \(sets.joined(separator: ", "))")
      }
      let kinds = WrittenReport.predictions
      guard let kind = kinds.first(where: { $0.rawValue == expected.kind }) else {
        throw AssayError(
          .badInput, "nothing can be expected of kind '\(expected.kind)'",
          hint: "there are: \(kinds.map(\.rawValue).joined(separator: ", "))")
      }
      return ExecutableTest(
        summary: self.summary ?? summary, prompts: PromptClass(set, where: prompts.filter ?? [:]),
        trigger: trigger.map { Trigger($0.texts, place: $0.place ?? .before) },
        expected: Prediction(kind: kind, texts: expected.texts ?? []), threshold: threshold ?? 0.5)
    }
  }
}
