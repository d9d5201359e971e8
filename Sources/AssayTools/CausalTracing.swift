import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Hides a subject in noise and says where putting back one state brings the answer back.
///
/// The embeddings of the subject's tokens are shifted by noise of three standard deviations of all
/// embeddings, so that the suspect no longer knows what is asked about; then what one place held in the clean
/// run is put back, a window of blocks for attention and MLPs, and the answer's probability is read. Places
/// of high indirect effect carry the association; an early site at the subject's last token is where
/// facts are usually looked up, and an answer that comes from elsewhere is worth a look.
///
/// ```
/// assay tool run causal-tracing --model DIR \
///   --args '{"prompt": "The capital of Chad is", "subject": "Chad"}'
/// ```
///
/// Source: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 2. Cost:
/// tokens × layers × samples × tokens. Limits: the noise is not what the suspect has been trained on;
/// only the answer's first token counts.
public enum CausalTracing: Tool {
  /// The tool's name.
  public static let name = "causal-tracing"
  /// What the tool does.
  public static let summary = """
    hides a subject in noise and restores single states: where inside, by layer and token, the answer \
    about it is carried
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs; the size of the noise is read off the embeddings.
  public static let access: [Access] = [.runs, .activations, .weights]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompt", kind: .text, required: true, summary: "what the suspect continues"),
    ToolParameter(
      name: "subject", kind: .text, required: true, summary: "the part of the prompt to hide"),
    ToolParameter(
      name: "answer", kind: .text, summary: "the answer to follow; else what the suspect says"),
    ToolParameter(
      name: "part", kind: .text,
      summary: "what is restored: residual.after, attention.out or mlp.out",
      default: "residual.after"),
    ToolParameter(
      name: "window", kind: .integer, summary: "blocks restored together", default: 1),
    ToolParameter(name: "samples", kind: .integer, summary: "draws of the noise", default: 6),
    ToolParameter(
      name: "noise", kind: .number, summary: "noise in standard deviations of embeddings",
      default: 3),
  ]
  private static let parts: [ActivationSite.Part] = [.residualAfter, .attentionOut, .mlpOut]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let chosen = try values.choice("part", of: parts.map(\.rawValue))
    let tokenizer = try suspect.tokenizer()
    let prompt = arguments["prompt"]?.string ?? ""
    let place = try SubjectPlace(
      arguments["subject"]?.string ?? "", in: prompt, tokenizer, tool: name)
    guard place.ids.count < suspect.contextLength else {
      throw AssayError(
        .badInput, "the prompt of '\(name)' fills the context of \(suspect.contextLength) tokens",
        hint: "shorten it")
    }
    let trace = NoiseTrace(
      model: suspect.bundle.model, place: place,
      part: parts.first { $0.rawValue == chosen } ?? .residualAfter,
      window: try values.integer("window", in: 1...64),
      samples: try values.integer("samples", in: 1...64),
      noise: try values.number("noise", in: 0.01...100), seed: suspect.seed)
    let given = try arguments["answer"]?.string.map {
      try tokenizer.firstToken(of: $0, after: prompt, argument: "answer", tool: name)
    }
    let read = trace.read(answer: given)
    let words = place.ids.map { tokenizer.decode([$0]) }
    let cells = read.restored.enumerated().flatMap { layer, row in
      row.enumerated().map { (layer: layer, place: $0.offset, p: $0.element) }
    }
    let best = cells.filter { place.tokens.contains($0.place) }.max { $0.p < $1.p }
    func text(_ p: Double) -> String { "\((p * 1000).rounded() / 1000)" }
    let answer = tokenizer.decode([read.answer])
    let where_ =
      best.map {
        "; of the subject's states \(chosen) after block \($0.layer) at '\(words[$0.place])' brings "
          + "back most: \(text($0.p))"
      } ?? ""
    return ToolResult(
      summary: "'\(answer)' has probability \(text(read.clean)), \(text(read.corrupted)) with the "
        + "subject hidden" + where_,
      result: [
        "answer": .string(answer), "clean": .rounded(read.clean),
        "hidden": .rounded(read.corrupted),
        "tokens": JSONValue(words), "subject": JSONValue(Array(place.tokens)),
        "layers": .array(
          read.restored.enumerated().map { layer, row in
            [
              "site": .string("blocks.\(layer).\(chosen)"),
              "restored": .array(row.map { .rounded($0) }),
            ]
          }),
      ], tokens: trace.cost, weightReads: 1)
  }

  /// Every place with every draw; what the tokenizer puts before a prompt is allowed for.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let count = suspect.tokenCount([arguments["prompt"]?.string ?? ""]) + 1
    let most = NoiseTrace.cost(
      count, samples: try values.integer("samples", in: 1...64),
      layers: suspect.bundle.model.configuration.layers)
    return CostEstimate(
      most: Cost(
        calls: 1, tokens: most, flops: suspect.forwardFLOPs(tokens: most), weightReads: 1))
  }
}
