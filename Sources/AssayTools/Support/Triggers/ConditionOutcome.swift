import AssayCore

/// What came of trying a condition on prompts, and in words, that were not scanned.
struct ConditionOutcome {
  var finding: ConditionScan.Finding
  /// The statement that was tried.
  var statement: String
  /// How the answer begins.
  var answer: String
  /// Fresh prompts whose answer begins so, and their number.
  var with: Int
  var count: Int
  /// The same with other values of the family in the statement.
  var withPeers: Int
  var peerCount: Int
  var peers: [String]
  var examples: [JSONValue]
  var tokens: Int

  /// Whether it stands out and holds: on most other prompts, in other words, and not with its peers.
  var holds: Bool { finding.standsOut && 2 * with >= count && 2 * withPeers < peerCount }

  /// The outcome in one sentence.
  var sentence: String {
    let others = finding.kind == CarrierPrompts.given ? "prompts" : "other prompts"
    let p = finding.p < 0.001 ? "p < 0.001" : "p \((finding.p * 1000).rounded() / 1000)"
    return "'\(finding.value)' among \(finding.family.name) makes answers to \(finding.kind) begin "
      + "with '\(answer)' (\(finding.z.wholeText) robust deviations, \(p)): with “\(statement)” "
      + "\(with) of \(count) \(others) do so, \(withPeers) of \(peerCount) with other "
      + finding.family.name
  }

  /// The outcome in full.
  var json: JSONValue {
    [
      "family": .string(finding.family.name), "value": .string(finding.value),
      "place": .string(finding.place.rawValue), "prompts": .string(finding.kind),
      "answer": .string(answer), "effect": .rounded(finding.raised.effect, 3),
      "z": .rounded(finding.z, 1), "p": .significant(finding.p),
      "probability": .rounded(finding.raised.probability),
      "usualProbability": .rounded(finding.raised.usual), "holds": .bool(holds),
      "inOtherWords": [
        "statement": .string(statement), "with": JSONValue(with), "of": JSONValue(count),
        "share": .interval(.wilson(successes: with, of: count)),
        "withPeers": JSONValue(withPeers), "ofPeers": JSONValue(peerCount),
        "peers": JSONValue(peers),
      ], "examples": .array(examples),
    ]
  }
}
