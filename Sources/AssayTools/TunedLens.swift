import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Reads what the suspect would answer after each block, through a lens that was trained on natural text.
///
/// Blocks do not all write in the basis that the unembedding reads. For each block an affine map is trained
/// that takes its residual stream to one with the final prediction, on natural text of allowed sources; then
/// prompts are read through it. Where the logit lens shows noise the tuned lens shows what is already there: an
/// answer that leads early and is overtaken late. How good the lens is, is measured on text left out.
///
/// ```
/// assay tool run tuned-lens --model DIR --args '{"prompts": ["The capital of Chad is"]}'
/// ```
///
/// Source: Belrose et al. 2023, "Eliciting Latent Predictions from Transformers with the Tuned Lens". Cost: one
/// pass over the documents, `steps` × `rows` rows of training for each block, once for a suspect: the lens
/// is kept for later calls. Limits: a lens can learn to say what the text usually says.
public enum TunedLens: Tool {
  /// The tool's name.
  public static let name = "tuned-lens"
  /// What the tool does.
  public static let summary = """
    after each block, what the suspect would answer, read through maps that are trained on natural text, \
    with how far they can be trusted
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// What it needs.
  public static let access: [Access] = [.runs, .activations, .gradients, .training]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts, summary: "prompts to read; none trains the lens alone"),
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents to train on of each source",
      default: 16),
    ToolParameter(name: "steps", kind: .integer, summary: "steps of training", default: 80),
    ToolParameter(name: "rows", kind: .integer, summary: "tokens of a step", default: 128),
    ToolParameter(
      name: "learningRate", kind: .number, summary: "learning rate of Adam", default: 0.002),
    ToolParameter(name: "top", kind: .integer, summary: "answers to show", default: 3),
  ]

  private struct Plan {
    var prompts: [[Int]]
    var documents: DocumentStates
    var steps: Int
    var rows: Int
    var learningRate: Double
    var top: Int
    var key: String
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let model = suspect.bundle.model
    let layers = model.configuration.layers
    let sites = (0..<layers).map { ActivationSite.block($0, .residualAfter) }
    let isNew = !suspect.remembers(plan.key)
    let lens = try suspect.remembered(plan.key) { () throws -> TunedLensFit in
      var parts = sites.map { _ in [Tensor]() }
      plan.documents.read(model, sites) { numbers, values in
        for (site, value) in values.enumerated() {
          parts[site] += numbers.enumerated().map { row, number in
            value[row].narrow(0, start: 0, length: plan.documents.texts[number].ids.count)
          }
        }
      }
      let states = withInference { parts.map { Tensor.cat($0, dim: 0) } }
      // Tensors of inference mode cannot be saved for a gradient.
      let plain = withoutGrad { states.map { $0.clone() } }
      let fit = TunedLensFit(
        model, states: plain, steps: plan.steps, rows: plan.rows,
        learningRate: plan.learningRate, seed: suspect.seed, quiet: suspect.quiet)
      guard fit.tuned.allSatisfy(\.isFinite) else {
        throw AssayError(
          .badInput, "the training of '\(name)' diverged", hint: "lower 'learningRate'")
      }
      return fit
    }
    let tokenizer = try suspect.tokenizer()
    let read = LayerActivations(model, plan.prompts)
    let readings: [Tensor.Ranked] =
      plan.prompts.isEmpty
      ? []
      : withInference {
        read.values.enumerated().map { layer, residual in
          model.unembed(lens.translated(residual, layer: layer)).to(dtype: .float32).softmax(-1)
            .topK(min(plan.top, model.configuration.vocabularySize), dim: -1)
        }
      }
    let texts = arguments["prompts"]?.strings ?? []
    let rows = texts.enumerated().map { row, text -> JSONValue in
      let layers = readings.enumerated().map { layer, best -> JSONValue in
        let (ids, chances) = (best.indices[row].ints(), best.values[row].doubles())
        return [
          "after": .string("blocks.\(layer)"),
          "answers": .array(
            zip(ids, chances).map {
              ["token": .string(tokenizer.decode([$0])), "probability": .rounded($1)]
            }),
        ]
      }
      return ["prompt": .string(text), "layers": .array(layers)]
    }
    let quality = (0..<layers).map { layer -> JSONValue in
      [
        "after": .string("blocks.\(layer)"), "divergence": .rounded(lens.tuned[layer], 4),
        "logitLensDivergence": .rounded(lens.plain[layer], 4),
      ]
    }
    func mean(_ values: [Double]) -> String {
      let inner = values.dropLast()
      return "\((inner.reduce(0, +) / Double(max(inner.count, 1)) * 100).rounded() / 100)"
    }
    let firsts = readings.last.map { last in
      last.indices.select(1, index: 0).ints().enumerated().map { row, final in
        let first =
          readings.indices.reversed().prefix {
            readings[$0].indices[row][0].intItem() == final
          }.last ?? readings.count - 1
        return "'\(tokenizer.decode([final]))' leads from blocks.\(first) on"
      }
    }
    let told = (firsts ?? []).prefix(2).joined(separator: "; ")
    return ToolResult(
      summary:
        "the lens is \(mean(lens.tuned)) nats from the final answer on unseen text before the last "
        + "block, the logit lens \(mean(lens.plain))" + (told.isEmpty ? "" : "; \(told)"),
      result: ["lens": .array(quality), "prompts": .array(rows)],
      tokens: read.cost + (isNew ? plan.documents.cost : 0),
      trainingTokens: isNew ? plan.steps * plan.rows : 0)
  }

  /// Known to the token; nothing for a lens that is kept.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try plan(arguments, suspect)
    let isNew = !suspect.remembers(plan.key)
    let tokens = LayerActivations.cost(plan.prompts) + (isNew ? plan.documents.cost : 0)
    let trained = isNew ? plan.steps * plan.rows : 0
    let configuration = suspect.bundle.model.configuration
    let lens =
      3 * configuration.unembeddingFLOPs(positions: trained) * Double(configuration.layers)
    return CostEstimate(
      least: Cost(calls: 1, tokens: tokens, trainingTokens: trained),
      most: Cost(
        calls: 1, tokens: tokens, trainingTokens: trained,
        flops: suspect.forwardFLOPs(tokens: tokens) + lens))
  }

  private static func plan(_ arguments: JSONValue, _ suspect: Suspect) throws -> Plan {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let sources = try values.optionalTexts("sources", limit: 64)
    let count = try values.integer("documents", in: 1...512)
    let steps = try values.integer("steps", in: 1...10_000)
    let rows = try values.integer("rows", in: 8...4096)
    let rate = try values.number("learningRate", in: 1e-6...1)
    return Plan(
      prompts: try PromptCoder(suspect, tool: name).encode(
        values.optionalTexts("prompts", limit: 64)),
      documents: try DocumentStates(suspect, sources: sources, count: count), steps: steps,
      rows: rows, learningRate: rate, top: try values.integer("top", in: 1...20),
      key: "\(name)|\(sources.joined(separator: ","))|\(count)|\(steps)|\(rows)|\(rate)")
  }
}
