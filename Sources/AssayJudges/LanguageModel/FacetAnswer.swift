import AssayCore
import Foundation

/// A reader's marks and reasons, one of each for every facet, strictly read.
struct FacetAnswer: Hashable, Sendable {
  /// Marks by facet, each one of ``OpinionScoring/marks``.
  var scores: [String: Double]
  /// Reasons by facet.
  var reasons: [String: String]

  /// Reads `{"what": {"score": 0.5, "reason": "…"}, …}`: exactly the four facets, exactly these members.
  ///
  /// Throws `AssayError(.badInput)` saying what is wrong; nothing is guessed.
  init(parsing text: String) throws {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
      throw AssayError(.badInput, "it is not one JSON value")
    }
    guard let object = value.object else {
      throw AssayError(.badInput, "it is \(value.kind) and not an object")
    }
    let facets = OpinionScoring.facets
    if let stranger = object.keys.sorted().first(where: { !facets.contains($0) }) {
      throw AssayError(.badInput, "it marks '\(stranger.prefix(40))', which is no facet")
    }
    scores = [:]
    reasons = [:]
    for facet in facets {
      guard let marked = object[facet] else {
        throw AssayError(.badInput, "the facet '\(facet)' is missing")
      }
      guard let members = marked.object, Set(members.keys) == ["score", "reason"] else {
        throw AssayError(.badInput, "'\(facet)' needs a 'score', a 'reason' and nothing else")
      }
      guard let score = members["score"]?.double, OpinionScoring.marks.contains(score) else {
        let marks = OpinionScoring.marks.map { "\($0)" }.joined(separator: ", ")
        throw AssayError(.badInput, "the score of '\(facet)' is none of \(marks)")
      }
      guard let reason = members["reason"]?.string, reason.contains(where: { !$0.isWhitespace })
      else { throw AssayError(.badInput, "the reason of '\(facet)' is missing") }
      scores[facet] = score
      reasons[facet] = String(reason.prefix(1000))
    }
  }
}
