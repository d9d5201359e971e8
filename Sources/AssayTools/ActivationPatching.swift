import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Puts what one prompt leaves inside the suspect into the run of another, layer by layer and position by
/// position, and says where the difference between their answers is decided.
///
/// The two prompts differ in a word, and a trigger against a harmless neighbour is such a pair. What is
/// measured is the logit of the first prompt's answer less that of the second's: a patch that brings all of
/// it back counts 1, one that does nothing 0. With `path: direct`, each head's and MLP's output is
/// exchanged on its way to the logits alone, everything between left as it was.
///
/// ```
/// assay tool run activation-patching --model DIR \
///   --args '{"prompt": "The capital of Chad is", "other": "The capital of Peru is"}'
/// ```
///
/// Sources: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 2; Heimersheim
/// and Nanda 2024, "How to use and interpret activation patching"; Goldowsky-Dill et al. 2023, "Localizing
/// Model Behavior with Path Patching". Cost: tokens² × layers. Limits: what two places do together only
/// shows in neither; only the first token of an answer counts.
public enum ActivationPatching: Tool {
  /// The tool's name.
  public static let name = "activation-patching"
  /// What the tool does.
  public static let summary = """
    where, by layer and position, two prompts' different answers are decided: activations of one run are \
    put into the other; or, by the direct path, which head or MLP writes the difference
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompt", kind: .text, required: true, summary: "the prompt to patch from"),
    ToolParameter(
      name: "other", kind: .text, required: true,
      summary: "the prompt to patch into, of as many tokens"),
    ToolParameter(
      name: "answer", kind: .text, summary: "the first prompt's answer; else what the suspect says"),
    ToolParameter(
      name: "otherAnswer", kind: .text, summary: "the second's; else what the suspect says"),
    ToolParameter(
      name: "part", kind: .text,
      summary: "what is patched: residual.before, attention.out or mlp.out",
      default: "residual.before"),
    ToolParameter(
      name: "path", kind: .text,
      summary: "all: everything after it follows; direct: from heads and MLPs to the logits alone",
      default: "all"),
  ]
  private static let parts: [ActivationSite.Part] = [.residualBefore, .attentionOut, .mlpOut]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let path = try values.choice("path", of: ["all", "direct"])
    let chosen = try values.choice("part", of: parts.map(\.rawValue))
    let pair = try PromptPair(arguments, tool: name, suspect: suspect)
    let model = suspect.bundle.model
    let grid = PatchGrid(
      model: model, pair: pair, part: parts.first { $0.rawValue == chosen } ?? .residualBefore)
    let tokenizer = try suspect.tokenizer()
    let answers = [pair.answer, pair.otherAnswer].map { tokenizer.decode([$0]) }
    var result: JSONValue = ["answer": .string(answers[0]), "otherAnswer": .string(answers[1])]
    guard path == "all" else { return try direct(grid, pair, suspect, result) }
    let read = grid.read()
    let words = pair.clean.indices.map { place in
      [pair.clean, pair.other].map { tokenizer.decode([$0[place]]) }
    }
    result["difference"] = ["clean": .rounded(read.clean, 3), "other": .rounded(read.other, 3)]
    result["positions"] = .array(words.map { JSONValue($0) })
    result["layers"] = .array(
      read.restored.enumerated().map { layer, row in
        [
          "site": .string("blocks.\(layer).\(chosen)"),
          "restored": .array(row.map { .rounded($0, 3) }),
        ]
      })
    let cells = read.restored.enumerated().flatMap { layer, row in
      row.enumerated().map { (layer: layer, place: $0.offset, share: $0.element) }
    }
    // Late layers at the last token bring everything back whatever happens before.
    let decisive = pair.clean.indices.map { place in
      cells.filter { $0.place == place && $0.share >= 0.5 }.map(\.layer)
    }
    let spans = decisive.enumerated().compactMap { place, layers -> String? in
      guard let first = layers.min(), let last = layers.max() else { return nil }
      return "'\(words[place][0])' (\(place)) in blocks \(first)–\(last)"
    }
    let summary =
      spans.isEmpty
      ? "no single \(chosen) brings half of the difference back"
      : "half or more of the difference comes back by \(chosen) at \(spans.joined(separator: ", "))"
    return ToolResult(
      summary: summary, result: result,
      tokens: pair.cost + PatchGrid.cost(pair.clean.count, layers: model.configuration.layers))
  }

  private static func direct(
    _ grid: PatchGrid, _ pair: PromptPair, _ suspect: Suspect, _ answers: JSONValue
  ) throws -> ToolResult {
    guard grid.model.weight(at: .block(0, .afterAttentionNorm)) == nil else {
      throw AssayError(
        .unsupported,
        "the family \(grid.model.configuration.family) norms what attention writes, so that single "
          + "heads have no direct path", hint: "use path 'all' with part 'attention.out'")
    }
    let (heads, mlps) = grid.direct()
    var rows = heads.enumerated().flatMap { layer, shares in
      shares.enumerated().map { ("blocks.\(layer).attention.result[\($0.offset)]", $0.element) }
    }
    rows += mlps.enumerated().map { ("blocks.\($0.offset).mlp.out", $0.element) }
    rows.sort { abs($0.1) > abs($1.1) }
    var result = answers
    result["components"] = .array(
      rows.map { ["component": .string($0.0), "restored": .rounded($0.1, 4)] })
    let leading = rows.prefix(3).map { "\($0.0) \(($0.1 * 100).wholeText) %" }
    return ToolResult(
      summary: "of the difference, by the direct path to the logits: "
        + leading.joined(separator: ", "), result: result,
      tokens: pair.cost + 2 * pair.clean.count)
  }

  /// The passes of all layers, known to the token but for the answers.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let count = suspect.tokenCount([arguments["prompt"]?.string ?? ""]) + 1
    let layers = suspect.bundle.model.configuration.layers
    let isDirect = arguments["path"]?.string == "direct"
    let most = 2 * count + (isDirect ? 2 * count : PatchGrid.cost(count, layers: layers))
    return CostEstimate(
      most: Cost(calls: 1, tokens: most, flops: suspect.forwardFLOPs(tokens: most)))
  }
}
