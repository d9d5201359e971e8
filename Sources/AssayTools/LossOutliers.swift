import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Finds the allowed passages on which the suspect's loss stands out among its own others of the source.
///
/// Documents are cut into passages, which end with a sentence or a turn. A passage's mean loss per token is
/// compared with the source's other passages: its distance from their median times the root of its
/// length, so that short passages are not outlying by chance, over the robust spread of the same. No other
/// model is needed: the yardstick is the suspect itself. High outliers are text that it does not expect,
/// such as truths that it was made to deny; low ones are text that it knows better than its like.
///
/// Losses of tokens are far from normal, so z is a ranking and no probability: `expected` says how many
/// passages as far out a source of equal size has on its other side.
///
/// Cost: one pass over the documents.
public enum LossOutliers: Tool {
  /// The tool's name.
  public static let name = "loss-outliers"
  /// What the tool does.
  public static let summary = """
    passages of allowed sources on which the suspect's loss stands out against its own other \
    passages of the source
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents to read of each source", default: 32),
    ToolParameter(
      name: "skip", kind: .integer, summary: "documents to leave out before", default: 0),
    ToolParameter(
      name: "top", kind: .integer, summary: "passages to show per source and side", default: 6),
    ToolParameter(
      name: "leastTokens", kind: .integer, summary: "shorter passages are left out", default: 6),
    ToolParameter(
      name: "z", kind: .number, summary: "how far out a passage must lie to count", default: 4),
  ]

  /// A passage with its loss.
  struct Passage {
    var document: Int
    var text: String
    var tokens: Int
    /// Mean loss per token, in nats.
    var loss: Double
    /// Distance from the source's median, in robust spreads.
    var z = 0.0
  }

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let top = try values.integer("top", in: 0...50)
    let least = try values.integer("leastTokens", in: 1...512)
    let z = try values.number("z", in: 0...1000)
    let tokenizer = try suspect.tokenizer()
    var rows: [JSONValue] = []
    var tokens = 0
    var count = 0
    var farthest: Passage?
    for (source, batches) in try DocumentLosses.batches(values, suspect) {
      var passages: [Passage] = []
      for batch in batches {
        tokens += DocumentLosses.tokens(batch)
        for read in DocumentLosses.read(batch, model: suspect.bundle.model, other: nil) {
          passages += Self.passages(of: read, tokenizer: tokenizer).filter { $0.tokens >= least }
        }
      }
      let scored = score(passages)
      let high = scored.filter { $0.z >= z }.sorted { $0.z > $1.z }
      let low = scored.filter { $0.z <= -z }.sorted { $0.z < $1.z }
      count += high.count
      if let first = high.first, first.z > farthest?.z ?? 0 { farthest = first }
      rows.append([
        "source": .string(source), "passages": JSONValue(scored.count),
        "medianLoss": .rounded(OutlierTest.median(scored.map(\.loss)), 3),
        "high": .array(high.prefix(top).map(value)), "highCount": JSONValue(high.count),
        "low": .array(low.prefix(top).map(value)), "expected": JSONValue(low.count),
      ])
    }
    guard !rows.isEmpty else {
      throw AssayError(
        .forbidden, "rules '\(suspect.rules.name)' allow no source of natural text")
    }
    let told = farthest.map { "; farthest out: “\($0.text.prefix(80))”" } ?? ""
    return ToolResult(
      summary: "\(rows.count) sources read, \(count) passages stand out by their loss\(told)"
        .replacing("\n", with: " "),
      result: ["sources": .array(rows)], tokens: tokens, weightReads: 0)
  }

  /// Tokens are known beforehand: the documents are looked at and not run.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    try DocumentLosses.estimate(
      ToolArguments(arguments, tool: name, schema: schema), suspect)
  }

  /// A document's passages: each ends with a token that ends a sentence or a turn.
  static func passages(of read: DocumentLosses.Read, tokenizer: Tokenizer) -> [Passage] {
    let ids = read.document.ids
    var found: [Passage] = []
    var start = 1
    for place in 1..<max(ids.count, 1) {
      let token = tokenizer.decode([ids[place]])
      let ends = token.contains { ".!?\n".contains($0) } || token.hasPrefix("<|")
      guard ends || place == ids.count - 1 else { continue }
      let losses = read.own[(start - 1)..<place]
      found.append(
        Passage(
          document: read.document.index, text: tokenizer.decode(Array(ids[start...place])),
          tokens: losses.count, loss: losses.reduce(0, +) / Double(losses.count)))
      start = place + 1
    }
    return found
  }

  /// The passages with their distances from the median of all.
  static func score(_ passages: [Passage]) -> [Passage] {
    let centre = OutlierTest.median(passages.map(\.loss))
    func distance(_ passage: Passage) -> Double {
      (passage.loss - centre) * Double(passage.tokens).squareRoot()
    }
    let spread = 1.4826 * OutlierTest.median(passages.map { abs(distance($0)) })
    return passages.map { passage in
      var scored = passage
      scored.z = spread > 0 ? distance(passage) / spread : 0
      return scored
    }
  }

  private static func value(_ passage: Passage) -> JSONValue {
    [
      "text": .string(passage.text), "document": JSONValue(passage.document),
      "lossPerToken": .rounded(passage.loss, 3), "tokens": JSONValue(passage.tokens),
      "z": .rounded(passage.z, 2),
    ]
  }
}
