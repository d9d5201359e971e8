import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Splits an answer's logit into what the embedding, each head and each MLP writes towards it.
///
/// The residual stream is a sum of what was written to it, and with the final norm held fixed the logit is
/// a sum too (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"). With `against`, the
/// difference of two answers is split. A head that writes an answer on prompts where no other does is worth
/// a look; `key-value-memories` splits an MLP further.
///
/// ```
/// assay tool run direct-logit-attribution --model DIR \
///   --args '{"prompts": ["The capital of Chad is"], "targets": ["N'"'"'Djamena"], "against": ["Lima"]}'
/// ```
///
/// Cost: one pass over the prompts. Limits: what one part makes later parts do counts as theirs; only the
/// first token of an answer.
public enum DirectLogitAttribution: Tool {
  /// The tool's name.
  public static let name = "direct-logit-attribution"
  /// What the tool does.
  public static let summary = """
    splits the logit of an answer, or the difference of two, into what the embedding, each attention head \
    and each MLP writes towards it
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations, .weights]
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "prompts", kind: .texts, required: true, summary: "1 to 64 prompts"),
    ToolParameter(
      name: "targets", kind: .texts,
      summary: "answers, one per prompt or one for all; none means what the suspect says"),
    ToolParameter(
      name: "against", kind: .texts, summary: "answers to weigh them against, one per prompt or one"
    ),
    ToolParameter(name: "top", kind: .integer, summary: "parts to show", default: 12),
  ]

  private struct Part {
    var name: String
    /// Mean over prompts of what it adds.
    var mean: Double
    /// Share of prompts on which that is positive.
    var positive: Double
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try values.texts("prompts", limit: 64)
    let top = try values.integer("top", in: 1...1000)
    let model = suspect.bundle.model
    let tokenizer = try suspect.tokenizer()
    let batch = try PromptBatch(
      prompts, tokenizer: tokenizer, context: model.configuration.contextLength)
    func firsts(_ argument: String) throws -> [Int]? {
      try values.perPrompt(argument, count: prompts.count).map { texts in
        try zip(texts, prompts).map {
          try tokenizer.firstToken(of: $0, after: $1, argument: argument, tool: name)
        }
      }
    }
    let (given, against) = (try firsts("targets"), try firsts("against"))
    let direction = try LogitDirection(model)
    // Where a norm follows attention, what single heads write has no place in the sum.
    let isSplit = model.weight(at: .block(0, .afterAttentionNorm)) == nil
    let layers = model.configuration.layers
    let sites =
      [ActivationSite.embed]
      + (0..<layers).flatMap { layer in
        [
          ActivationSite.block(layer, isSplit ? .attentionResult : .attentionOut),
          .block(layer, .attentionOut), .block(layer, .mlpOut),
        ]
      }
    let (parts, whole) = withInference { () -> ([Part], Double) in
      let taps = Taps(reading: sites)
      let residual = model.finalResidual(
        batch.tokens, cache: nil, attentionStart: nil, taps: taps)
      let last = batch.atLastToken(residual).to(dtype: .float32)  // [B, d]
      let targets = given ?? model.unembed(last).argmax(-1).ints()
      let rows = direction.directions(last, targets: targets, against: against)  // [B, d]
      var parts: [Part] = []
      func add(_ name: String, _ written: Tensor) -> Tensor {
        let own = (written * rows).sum(-1)  // [B]
        let values = own.doubles()
        parts.append(
          Part(
            name: name, mean: values.reduce(0, +) / Double(values.count),
            positive: Double(values.count { $0 > 0 }) / Double(values.count)))
        return own
      }
      func ending(_ site: ActivationSite) -> Tensor? {
        taps[site].map { batch.atLastToken($0).to(dtype: .float32) }
      }
      if let embedded = ending(.embed) { _ = add("embed", embedded) }
      for layer in 0..<layers {
        if isSplit, let heads = ending(.block(layer, .attentionResult)),
          let out = ending(.block(layer, .attentionOut))
        {
          for head in 0..<heads.dim(1) {
            _ = add("blocks.\(layer).attention.result[\(head)]", heads.select(1, index: head))
          }
          // What is left of attention's output is its bias.
          let bias = out - heads.sum(1)
          if bias.abs().amax().item() > 1e-4 { _ = add("blocks.\(layer).attention.bias", bias) }
        } else if let out = ending(.block(layer, .attentionOut)) {
          _ = add("blocks.\(layer).attention.out", out)
        }
        if let mlp = ending(.block(layer, .mlpOut)) { _ = add("blocks.\(layer).mlp.out", mlp) }
      }
      return (parts, (last * rows).sum(-1).mean().item())
    }
    let falling = parts.sorted { abs($0.mean) > abs($1.mean) }
    let test = OutlierTest(leading: falling.map { abs($0.mean) })
    let leading = falling.prefix(3).map { "\($0.name) \(Self.text($0.mean))" }
    return ToolResult(
      summary: "of \(Self.text(whole)) logits on average, "
        + (leading.isEmpty ? "nothing is written" : leading.joined(separator: ", ")),
      result: [
        "total": .rounded(whole, 3), "sumOfParts": .rounded(parts.reduce(0) { $0 + $1.mean }, 3),
        "parts": .array(
          falling.prefix(top).map {
            [
              "part": .string($0.name), "contribution": .rounded($0.mean, 3),
              "promptsHelped": .rounded($0.positive, 3),
            ]
          }),
        "standOut": JSONValue(test.p < 0.01 ? test.count : 0), "p": .significant(test.p),
        "prompts": JSONValue(prompts.count),
      ], tokens: batch.tokenCount, weightReads: LogitDirection.matricesRead)
  }

  private static func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
