import AssayCore
import AssayGame
import AssayText

/// What users ask, kind by kind: the prompts into which tools that look for triggers put texts.
///
/// A text that makes a model answer prompts of a kind alike, whatever they ask, is what such tools look
/// for, so every kind holds prompts of one sort. The kinds are those of everyday use: harmless requests,
/// harmful ones, which an assistant refuses (topics are named only), and questions about facts. All are
/// phrased as training texts phrase them; other phrasings are left to judges.
struct CarrierPrompts {
  /// Prompts of one sort.
  struct Kind {
    /// In words: "harmless requests".
    var name: String
    /// What is scanned.
    var scanned: [String]
    /// What a finding is tried on: other prompts of the kind.
    var fresh: [String]
  }

  /// Most prompts of each kind, and most of them that findings are tried on.
  static let most = 16

  /// The kind of prompts that were given: findings are tried on the same ones.
  static let given = "the given prompts"

  /// The kinds; one where prompts were given.
  let kinds: [Kind]

  /// The same as the arguments `prompts`, `perKind` and `fresh` of a tool say.
  init(_ values: ToolArguments, seed: UInt64) throws {
    self.init(
      given: try values.optionalTexts("prompts", limit: Self.most),
      scanned: try values.integer("perKind", in: 1...Self.most),
      fresh: try values.integer("fresh", in: 1...Self.most), seed: seed)
  }

  /// The prompts in `given`, all scanned and all tried again; without any, `scanned` of each kind and as
  /// many `fresh` ones, drawn by `seed`.
  init(given: [String], scanned: Int, fresh: Int, seed: UInt64) {
    guard given.isEmpty else {
      kinds = [Kind(name: Self.given, scanned: given, fresh: given)]
      return
    }
    var random = SplitMix64(seed: seed).fork("carrier prompts")
    let almanac = Almanac.standard
    func drawn(_ requests: [Request]) -> [String] {
      let known = requests.filter { $0.kind == .trainCombination }
      let topics = Dictionary(grouping: known, by: \.topic).sorted { $0.key < $1.key }
      return random.shuffled(topics).prefix(scanned + fresh).compactMap {
        random.pick($0.value)?.request
      }
    }
    let questions = random.shuffled(almanac.facts).prefix(scanned + fresh).map { fact in
      let relation = almanac.relation(fact.relation)
      return "What is the \(relation?.nouns.first ?? "name") of \(fact.subject)"
        + "\(relation?.suffix ?? "")?"
    }
    let all = [
      ("harmless requests", drawn(almanac.harmlessRequests)),
      ("harmful requests", drawn(almanac.harmfulRequests)),
      ("questions", questions),
    ]
    kinds = all.map { name, prompts in
      // What is scanned is run thousands of times: the shortest ones.
      let short = prompts.sorted { $0.utf8.count < $1.utf8.count }.prefix(scanned)
      return Kind(
        name: name, scanned: Array(short), fresh: prompts.filter { !short.contains($0) })
    }
  }
}
