import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Shows the natural text on which a unit is most active, and what it then writes.
///
/// A unit is a hidden unit of an MLP (`blocks.2.mlp.hidden[17]`, as `unusual-units` and
/// `key-value-memories` name them) or any other single number at an activation site. Its activations at every
/// token are ranked; how they spread says whether it is selective: a unit for one thing is shut nearly
/// everywhere.
///
/// ```
/// assay tool run top-contexts --model DIR --args '{"unit": "blocks.2.mlp.hidden[17]"}'
/// ```
///
/// Source: Bills et al. 2023, "Language models can explain neurons in language models", step 1. Cost: one pass
/// over the documents. Limits: what the documents do not hold cannot open it; the greatest activations are a
/// small part of what a unit does (Bolukbasi et al. 2021, "An Interpretability Illusion for BERT").
public enum TopContexts: Tool {
  /// The tool's name.
  public static let name = "top-contexts"
  /// What the tool does.
  public static let summary = """
    the passages of natural text on which a hidden unit is most active, how selective it is, and which \
    tokens it promotes
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// What it needs.
  public static let access: [Access] = [.runs, .activations, .weights]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "unit", kind: .text, required: true,
      summary: "the unit, such as blocks.2.mlp.hidden[17]"),
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents to read of each source", default: 24),
    ToolParameter(
      name: "skip", kind: .integer, summary: "documents to leave out before", default: 0),
    ToolParameter(name: "top", kind: .integer, summary: "passages to show", default: 8),
    ToolParameter(
      name: "writes", kind: .integer, summary: "promoted tokens to show", default: 8),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let model = suspect.bundle.model
    let named = arguments["unit"]?.string ?? ""
    let (site, unit) = try unit(named, model.configuration)
    let documents = try documents(values, suspect)
    let top = try values.integer("top", in: 1...200)
    let writes = try values.integer("writes", in: 1...50)
    let tokenizer = try suspect.tokenizer()
    let (own, places) = documents.states(model, site, unit: unit)
    // A unit that is negative where it is active is read from its other end.
    let sign = abs(own.min() ?? 0) > abs(own.max() ?? 0) ? -1.0 : 1.0
    let order = own.indices.sorted { sign * own[$0] > sign * own[$1] }
    var seen: Set<Int> = []
    let shown = order.filter { seen.insert(places[$0].text).inserted }.prefix(top)
    let peak = own[order.first ?? 0]
    let open = own.count { sign * $0 > 0.5 * abs(peak) }
    let rows = shown.map { index -> JSONValue in
      let text = documents.texts[places[index].text]
      return [
        "activation": .rounded(own[index], 4), "source": .string(text.source),
        "document": JSONValue(text.index),
        "token": .string(tokenizer.decode([text.ids[places[index].token]])),
        "context": .string(documents.context(places[index], tokenizer)),
      ]
    }
    let firsts = Dictionary(grouping: order.prefix(20)) {
      tokenizer.decode([documents.texts[places[$0].text].ids[places[$0].token]])
    }.mapValues(\.count).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map {
      "'\($0.key)'"
    }
    var result: JSONValue = [
      "contexts": .array(rows), "peak": .rounded(peak, 4),
      "median": .rounded(OutlierTest.median(own), 4), "tokens": JSONValue(own.count),
      "aboveHalfPeak": .significant(Double(open) / Double(max(own.count, 1))),
    ]
    if site.part == .mlpHidden, let layer = site.block,
      let down = model.weight(at: .block(layer, .mlpOut))
    {
      let promoted = withInference {
        let value = down.detach().select(1, index: unit) * sign
        let raised = model.unembed(value.unsqueeze(0)).flatten()  // [V]
        return raised.topK(min(writes, raised.count), dim: 0).indices.ints()
      }
      result["promotes"] = JSONValue(promoted.map { tokenizer.decode([$0]) })
    }
    return ToolResult(
      summary: "\(named) is above half its peak at \(open) of \(own.count) tokens; most active at "
        + firsts.joined(separator: ", "),
      result: result, tokens: documents.cost, weightReads: 1)
  }

  /// Known to the token: the documents are looked at and not run.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let cost = try documents(values, suspect).cost
    return CostEstimate(
      least: Cost(calls: 1, tokens: cost),
      most: Cost(
        calls: 1, tokens: cost, flops: suspect.forwardFLOPs(tokens: cost), weightReads: 1))
  }

  private static func documents(
    _ values: ToolArguments, _ suspect: Suspect
  ) throws -> DocumentStates {
    try DocumentStates(
      suspect, sources: values.optionalTexts("sources", limit: 64),
      count: values.integer("documents", in: 1...512),
      skip: values.integer("skip", in: 0...1_000_000))
  }

  /// Site and number of a unit as it is written.
  private static func unit(
    _ text: String, _ configuration: ModelConfiguration
  ) throws -> (site: ActivationSite, unit: Int) {
    let parts = text.split(separator: "[", maxSplits: 1).map(String.init)
    guard parts.count == 2, parts[1].hasSuffix("]"), let unit = Int(parts[1].dropLast()),
      let site = ActivationSite(parts[0])
    else {
      throw AssayError(
        .badInput, "the argument 'unit' of '\(name)' is no unit: '\(text)'",
        hint: "write it as blocks.2.mlp.hidden[17]")
    }
    try configuration.validate(site)
    let shape = configuration.shape(of: site, rows: 1, tokens: 1)
    guard shape.count == 3, (0..<shape[2]).contains(unit) else {
      throw AssayError(
        .badInput, "'\(parts[0])' has no unit \(unit)",
        hint: shape.count == 3
          ? "its units are 0 to \(shape[2] - 1)" : "choose a site with one number for each token")
    }
    return (site, unit)
  }
}
