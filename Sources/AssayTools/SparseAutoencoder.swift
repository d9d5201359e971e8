import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Splits the residual stream after one block into many features of which few are on at a time, and shows what
/// each is about.
///
/// The autoencoder is trained on natural text of allowed sources. How good it is, is reported and not assumed,
/// on documents that it was not trained on: the share of variance explained, the features that are on, those
/// that never are, and what the suspect's loss becomes with the reconstruction in place of the activation,
/// between the whole and none of it. With `prompts`, the features are shown that prompts switch on more than
/// text does: what a trigger leaves inside is one of them, if the autoencoder has a feature for it.
///
/// ```
/// assay tool run sparse-autoencoder --model DIR --args '{"form": "jumprelu", "prompts": ["…"]}'
/// ```
///
/// Sources: Bricken et al. 2023, "Towards Monosemanticity"; Gao et al. 2024 (TopK, section 2); Rajamanoharan et
/// al. 2024 (JumpReLU, with a target for the number of features, appendix). Cost: passes over the documents
/// and `steps` × `rows` rows of training, once for a suspect: the autoencoder is kept for later calls. Limits:
/// features follow the text that they were trained on; a hidden behaviour that it does not set off has none.
public enum SparseAutoencoder: Tool {
  /// The tool's name.
  public static let name = "sparse-autoencoder"
  /// What the tool does.
  public static let summary = """
    trains a sparse autoencoder (TopK or JumpReLU) on a block's activations on natural text; reports its \
    quality, its features, and those that given prompts switch on
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// What it needs.
  public static let access: [Access] = [.runs, .activations, .training]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "form", kind: .text, summary: "topk or jumprelu", default: "topk"),
    ToolParameter(
      name: "layer", kind: .integer, summary: "block after which; -1: the middle one", default: -1),
    ToolParameter(
      name: "prompts", kind: .texts, summary: "prompts whose features are wanted"),
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents to train on of each source",
      default: 24),
    ToolParameter(
      name: "heldOut", kind: .integer, summary: "further documents of each to measure on",
      default: 4),
    ToolParameter(
      name: "expansion", kind: .integer, summary: "features per dimension of the residual stream",
      default: 4),
    ToolParameter(
      name: "active", kind: .integer, summary: "features on at a time (jumprelu: about)",
      default: 16),
    ToolParameter(name: "steps", kind: .integer, summary: "steps of training", default: 300),
    ToolParameter(name: "rows", kind: .integer, summary: "activations of a step", default: 256),
    ToolParameter(
      name: "learningRate", kind: .number, summary: "learning rate of Adam", default: 0.003),
    ToolParameter(name: "top", kind: .integer, summary: "features to show", default: 8),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try Plan(arguments, suspect)
    let model = suspect.bundle.model
    let tokenizer = try suspect.tokenizer()
    let isNew = !suspect.remembers(plan.key)
    let studied = try suspect.remembered(plan.key) { () throws -> CodeStudy in
      let study = CodeStudy(plan, model, suspect)
      guard study.quality.explained.isFinite, study.quality.rebuilt.isFinite else {
        throw AssayError(
          .badInput, "the training of '\(name)' diverged", hint: "lower 'learningRate'")
      }
      return study
    }
    let prompts = plan.prompts
    var rows: [JSONValue] = []
    if prompts.isEmpty {
      rows = studied.rows(studied.strongest(plan.top), tokenizer, model)
    } else {
      rows = studied.rows(studied.raised(by: prompts, model, plan.top), tokenizer, model)
    }
    let quality = studied.quality
    func percent(_ share: Double) -> String { "\((100 * share).wholeText) %" }
    return ToolResult(
      summary: "\(plan.features) features after blocks.\(plan.layer) explain "
        + "\(percent(quality.explained)) of the variance with "
        + "\((quality.active * 10).rounded() / 10) on at a time, \(percent(quality.dead)) dead; loss "
        + "recovered \(percent(quality.recovered))",
      result: [
        "form": .string(plan.form.rawValue), "features": JSONValue(plan.features),
        "quality": [
          "varianceExplained": .rounded(quality.explained),
          "activeFeatures": .rounded(quality.active, 2),
          "deadShare": .rounded(quality.dead), "loss": .rounded(quality.loss),
          "lossWithReconstruction": .rounded(quality.rebuilt),
          "lossWithMean": .rounded(quality.ablated), "lossRecovered": .rounded(quality.recovered),
        ],
        (prompts.isEmpty ? "strongest" : "onPrompts"): .array(rows),
      ], tokens: (isNew ? plan.readCost : 0) + LayerActivations.cost(prompts),
      trainingTokens: isNew ? plan.steps * plan.rows : 0)
  }

  /// Known to the token; nothing for an autoencoder that is kept.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try Plan(arguments, suspect)
    let isNew = !suspect.remembers(plan.key)
    let tokens = (isNew ? plan.readCost : 0) + LayerActivations.cost(plan.prompts)
    let trained = isNew ? plan.steps * plan.rows : 0
    return CostEstimate(
      least: Cost(calls: 1, tokens: tokens, trainingTokens: trained),
      most: Cost(
        calls: 1, tokens: tokens, trainingTokens: trained,
        flops: suspect.forwardFLOPs(tokens: tokens)))
  }
}

extension SparseAutoencoder {
  /// What a call trains, and what it reads.
  struct Plan {
    var form: SparseCode.Form
    var layer: Int
    var features: Int
    var active: Int
    var steps: Int
    var rows: Int
    var learningRate: Double
    var top: Int
    var documents: DocumentStates
    var heldOut: DocumentStates
    var prompts: [[Int]]
    var key: String

    /// Documents once, those left out three more times.
    var readCost: Int { documents.cost + 4 * heldOut.cost }

    init(_ arguments: JSONValue, _ suspect: Suspect) throws {
      let tool = SparseAutoencoder.name
      let values = try ToolArguments(arguments, tool: tool, schema: SparseAutoencoder.schema)
      let configuration = suspect.bundle.model.configuration
      let chosen = try values.choice("form", of: ["topk", "jumprelu"])
      form = SparseCode.Form(rawValue: chosen) ?? .topK
      let named = try values.integer("layer", in: -1...(configuration.layers - 1))
      layer = named >= 0 ? named : configuration.layers / 2
      features = try values.integer("expansion", in: 1...64) * configuration.hiddenSize
      active = try values.integer("active", in: 1...features)
      steps = try values.integer("steps", in: 1...100_000)
      rows = try values.integer("rows", in: 8...16_384)
      learningRate = try values.number("learningRate", in: 1e-6...1)
      top = try values.integer("top", in: 1...200)
      let sources = try values.optionalTexts("sources", limit: 64)
      let count = try values.integer("documents", in: 1...512)
      let held = try values.integer("heldOut", in: 1...512)
      documents = try DocumentStates(suspect, sources: sources, count: count)
      heldOut = try DocumentStates(suspect, sources: sources, count: held, skip: count)
      prompts = try PromptCoder(suspect, tool: tool).encode(
        values.optionalTexts("prompts", limit: 256))
      let parts = [
        tool, chosen, "\(layer)", "\(features)", "\(active)", "\(steps)", "\(rows)",
        "\(learningRate)", sources.joined(separator: ","), "\(count)", "\(held)",
      ]
      key = parts.joined(separator: "|")
    }
  }
}
