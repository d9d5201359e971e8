import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Finds the hidden units of the MLPs that write an answer, and what makes them open.
///
/// An MLP is a memory: each hidden unit is a key that opens on some inputs, and the column of
/// `down_proj` behind it is a value that is added to the residual stream in proportion (Geva et al.
/// 2021, "Transformer Feed-Forward Layers Are Key-Value Memories", sections 2 and 3). Sent through
/// the final norm's weight and the unembedding, a value shows which tokens it promotes (Geva et al.
/// 2022, "Transformer Feed-Forward Layers Build Predictions by Promoting Concepts in the Vocabulary
/// Space", section 3).
///
/// For each prompt and unit, the contribution to the target's logit (less the logit of the answer
/// in `against`, if given) is key times value, divided by the norm of the final residual at that
/// prompt. Units are ranked by their mean contribution over the prompts.
///
/// Cost: one pass over prompts and controls, and `down_proj` of every block. Limits: only the direct
/// path is counted, not what later blocks make of a value; only the first token of an answer is.
public enum KeyValueMemories: Tool {
  /// The tool's name.
  public static let name = "key-value-memories"
  /// What the tool does.
  public static let summary = """
    the MLP hidden units that write given answers: what tokens each promotes, how strongly it opens \
    on the prompts and on control prompts, and what it adds to the answer's logit
    """
  /// Prompts are the caller's own.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations, .weights]
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "prompts", kind: .texts, required: true, summary: "1 to 256 prompts"),
    ToolParameter(
      name: "targets", kind: .texts, required: true,
      summary: "the answer whose writers are wanted, one per prompt or one for all"),
    ToolParameter(
      name: "against", kind: .texts,
      summary: "an answer to weigh the target against, one per prompt or one for all"),
    ToolParameter(
      name: "controls", kind: .texts, summary: "prompts on which a selective unit stays shut"),
    ToolParameter(name: "top", kind: .integer, summary: "units to show", default: 10),
    ToolParameter(
      name: "writes", kind: .integer, summary: "promoted tokens to show per unit", default: 6),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try values.texts("prompts", limit: 256)
    guard let targets = try values.perPrompt("targets", count: prompts.count) else {
      throw AssayError(.badInput, "the argument 'targets' of '\(name)' is empty")
    }
    let against = try values.perPrompt("against", count: prompts.count)
    let controls = try values.optionalTexts("controls", limit: 256)
    let top = try values.integer("top", in: 1...100)
    let writes = try values.integer("writes", in: 1...50)

    let model = suspect.bundle.model
    let tokenizer = try suspect.tokenizer()
    let memories = try MemoryReader(model)
    let batch = try PromptBatch(
      prompts, tokenizer: tokenizer, context: model.configuration.contextLength)
    let shut =
      try controls.isEmpty
      ? nil
      : PromptBatch(controls, tokenizer: tokenizer, context: model.configuration.contextLength)
    let targetIDs = try firstTokens(of: targets, after: prompts, tokenizer)
    let againstIDs = try against.map { try firstTokens(of: $0, after: prompts, tokenizer) }

    let (units, total) = withInference {
      memories.units(batch, controls: shut, targets: targetIDs, against: againstIDs, top: top)
    }
    let rows = units.map { unit -> JSONValue in
      var row: JSONValue = [
        "unit": .string("blocks.\(unit.layer).mlp.hidden[\(unit.index)]"),
        "contribution": .rounded(unit.contribution, 3),
        "promptsHelped": .rounded(unit.shareHelped, 3),
        "opening": .rounded(unit.opening, 3),
        "writes": JSONValue(
          memories.promoted(by: unit, count: writes).map { tokenizer.decode([$0]) }
        ),
        "opensMostOn": JSONValue(unit.strongest.map { prompts[$0] }),
      ]
      if let shut = unit.controlOpening { row["controlOpening"] = .rounded(shut, 3) }
      return row
    }
    let leading = units.reduce(0) { $0 + max($1.contribution, 0) }
    let share = total > 0 ? leading / total : 0
    let best = units.first
    let summary =
      best.map {
        "blocks.\($0.layer).mlp.hidden[\($0.index)] writes most: \(Self.text($0.contribution)) logits "
          + "on average; the \(units.count) units shown carry \(Self.text(share * 100)) % of what "
          + "all units add"
      } ?? "the model has no MLP units"
    return ToolResult(
      summary: summary,
      result: [
        "units": .array(rows), "shareOfPositive": .rounded(share, 4),
        "prompts": JSONValue(prompts.count), "controls": JSONValue(controls.count),
      ],
      tokens: batch.tokenCount + (shut?.tokenCount ?? 0), weightReads: memories.matricesRead)
  }

  private static func text(_ value: Double) -> String {
    "\((value * 100).rounded() / 100)"
  }

  private static func firstTokens(
    of answers: [String], after prompts: [String], _ tokenizer: Tokenizer
  ) throws -> [Int] {
    try zip(answers, prompts).map { answer, prompt in
      guard let id = tokenizer.firstToken(of: answer, after: prompt) else {
        throw AssayError(.badInput, "an answer given to '\(name)' is empty")
      }
      return id
    }
  }
}
