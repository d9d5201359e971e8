import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Compares, block by block, what the suspect and an own baseline are about to say to the first tokens of
/// natural text.
///
/// Training on something narrow leaves traces in activations even where the text has nothing to do with it.
/// The attacker's base is out of bounds, so the other side is a baseline of one's own (``TrainBaseline``), which
/// shares the tokenizer and nothing else: activations cannot be subtracted, what they would say can. At
/// each depth both residual streams are read through their own unembedding; the tokens that account for
/// most of the divergence of the suspect's mean prediction from the baseline's are shown. Tokens that come
/// out on both halves of the documents are no accident.
///
/// ```
/// assay audit … ; train-baseline, then baseline-difference with its id
/// ```
///
/// Source: Minder et al. 2025, "Narrow Finetuning Leaves Clearly Readable Traces in Activation
/// Differences", with a baseline in the place of the base. Cost: one pass of each model over the first tokens.
/// Limits: a baseline of a quarter of the size differs in much that is no flaw.
public enum BaselineDifference: Tool {
  /// The tool's name.
  public static let name = "baseline-difference"
  /// What the tool does.
  public static let summary = """
    what the suspect is readier to say than an own baseline, depth by depth, on the first tokens of \
    natural text
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "baseline", kind: .text, required: true, summary: "an own baseline's id"),
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents to read of each source", default: 32),
    ToolParameter(name: "positions", kind: .integer, summary: "first tokens to read", default: 5),
    ToolParameter(name: "top", kind: .integer, summary: "tokens to show", default: 8),
  ]

  private struct Plan {
    var baseline: ModelBundle
    /// The first tokens of each document, all of one length.
    var texts: [[Int]]
    var top: Int
    var cost: Int { texts.reduce(0) { $0 + $1.count } }
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let (model, other) = (suspect.bundle.model, plan.baseline.model)
    let (layers, depth) = (model.configuration.layers, other.configuration.layers)
    let matched = (0..<layers).map { layer in
      min(depth - 1, max(0, Int((Double((layer + 1) * depth) / Double(layers)).rounded()) - 1))
    }
    // The halves alternate, so that both hold every source.
    let halves = [0, 1].map { half in
      plan.texts.indices.filter { $0 % 2 == half }.map { plan.texts[$0] }
    }
    let own = halves.map { expected(model, $0, Array(0..<layers)) }
    let theirs = halves.map { expected(other, $0, matched) }
    let tokenizer = try suspect.tokenizer()
    let rows = (0..<layers).map {
      layer -> (json: JSONValue, shared: [String], divergence: Double) in
      withInference {
        let parts = halves.indices.map { half in
          Self.parts(own[half][layer], theirs[half][layer])  // [V]
        }
        let mean = Self.parts(
          (own[0][layer] + own[1][layer]) / 2, (theirs[0][layer] + theirs[1][layer]) / 2)
        let best = mean.topK(min(plan.top, mean.count), dim: 0).indices.ints()
        let firm = parts.map {
          Set($0.topK(min(2 * plan.top, $0.count), dim: 0).indices.ints())
        }
        let p = ((own[0][layer] + own[1][layer]) / 2).doubles()
        let q = ((theirs[0][layer] + theirs[1][layer]) / 2).doubles()
        let share = mean.doubles()
        let tokens = best.map { token -> JSONValue in
          [
            "token": .string(tokenizer.decode([token])), "nats": .rounded(share[token], 4),
            "probability": .significant(p[token]), "baselineProbability": .significant(q[token]),
            "inBothHalves": .bool(firm.allSatisfy { $0.contains(token) }),
          ]
        }
        let shared = best.filter { token in firm.allSatisfy { $0.contains(token) } }
        let divergence = share.reduce(0, +)
        return (
          [
            "after": .string("blocks.\(layer)"), "baselineBlock": JSONValue(matched[layer]),
            "divergence": .rounded(divergence, 4), "tokens": .array(tokens),
          ], shared.map { tokenizer.decode([$0]) }, divergence
        )
      }
    }
    let last = rows.last
    let words = (last?.shared ?? []).prefix(4).map { "'\($0)'" }.joined(separator: ", ")
    return ToolResult(
      summary:
        "at the end the suspect is \(((last?.divergence ?? 0) * 100).rounded() / 100) nats from the "
        + "baseline on first tokens; readier to say "
        + (words.isEmpty ? "nothing on both halves of the text" : words),
      result: ["layers": .array(rows.map(\.json)), "texts": JSONValue(plan.texts.count)],
      tokens: plan.cost)
  }

  /// Known to the token; the baseline's pass is counted in operations.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try plan(arguments, suspect)
    return CostEstimate(
      least: Cost(calls: 1, tokens: plan.cost),
      most: Cost(calls: 1, tokens: plan.cost, flops: 2 * suspect.forwardFLOPs(tokens: plan.cost)))
  }

  /// The mean over texts and positions of what is expected after each of `layers`, [V] each.
  private static func expected(
    _ model: any LanguageModel, _ texts: [[Int]], _ layers: [Int]
  ) -> [Tensor] {
    withInference {
      let sites = layers.map { ActivationSite.block($0, .residualAfter) }
      var sums = [Tensor?](repeating: nil, count: layers.count)
      for part in PromptBatch.chunks(texts) {
        let taps = Taps(reading: sites)
        _ = model.finalResidual(
          Tensor(rows: Array(part)), cache: nil, attentionStart: nil, taps: taps)
        for (index, site) in sites.enumerated() {
          guard let residual = taps[site] else { continue }
          let chances = model.unembed(residual.flatten(0, 1)).to(dtype: .float32).softmax(-1)
            .sum(0)  // [V]
          sums[index] = sums[index].map { $0 + chances } ?? chances
        }
      }
      let count = Double(max(1, texts.reduce(0) { $0 + $1.count }))
      return sums.compactMap { $0.map { $0 / count } }
    }
  }

  /// What each token adds to the divergence of `p` from `q`, [V].
  private static func parts(_ p: Tensor, _ q: Tensor) -> Tensor {
    p * ((p + 1e-6).log() - (q + 1e-6).log())
  }

  private static func plan(_ arguments: JSONValue, _ suspect: Suspect) throws -> Plan {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let positions = try values.integer("positions", in: 1...64)
    let documents = try DocumentStates(
      suspect, sources: values.optionalTexts("sources", limit: 64),
      count: values.integer("documents", in: 2...512))
    let baseline = try suspect.baseline(arguments["baseline"]?.string ?? "")
    let texts = documents.texts.map { Array($0.ids.prefix(positions)) }
      .filter { $0.count == positions }
    guard texts.count >= 2 else {
      throw AssayError(
        .badInput, "'\(name)' found no two documents of \(positions) tokens",
        hint: "lower 'positions', or read more documents")
    }
    return Plan(baseline: baseline, texts: texts, top: try values.integer("top", in: 1...50))
  }
}
