import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Sorts prompts of one sort by what they leave inside the suspect, and says whether they fall into two.
///
/// Prompts that end in the same answer for two different reasons lie apart: backdoored ones beside honest
/// ones. The residual stream at the last tokens after one block is reduced to its first principal
/// components and cut in two by k-means; how well the cut holds is its silhouette (Rousseeuw 1987), beside
/// that of normal numbers of the same spread in every component, which have no clusters (Liu et al. 2008,
/// "Statistical Significance of Clustering for High-Dimension, Low-Sample Size Data").
///
/// ```
/// assay tool run activation-clusters --model DIR --args '{"prompts": ["…", …]}'
/// ```
///
/// Source: Chen et al. 2019, "Detecting Backdoor Attacks on Deep Neural Networks by Activation Clustering".
/// Cost: one pass over the prompts. Limits: prompts of several sorts fall apart by sort; look for prompts in
/// the smaller cluster that do not differ in what they ask.
public enum ActivationClusters: Tool {
  /// The tool's name.
  public static let name = "activation-clusters"
  /// What the tool does.
  public static let summary = """
    cuts prompts in two by what they leave inside the suspect after one block, and says how well the cut \
    holds beside data without clusters
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts, required: true, summary: "8 to 2048 prompts of one sort"),
    ToolParameter(
      name: "layer", kind: .integer, summary: "block after which to look; -1: the last but one",
      default: -1),
    ToolParameter(name: "components", kind: .integer, summary: "principal components", default: 8),
    ToolParameter(
      name: "controls", kind: .integer, summary: "draws of data without clusters", default: 19),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let (prompts, layer) = try inputs(arguments, suspect)
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let components = try values.integer("components", in: 1...64)
    let controls = try values.integer("controls", in: 1...999)
    let read = LayerActivations(suspect.bundle.model, prompts, only: layer)
    let points = TwoMeans.components(read.values[0], count: components)
    var random = SplitMix64(seed: suspect.seed).fork(name)
    let cut = TwoMeans(points, random: &random)
    let spreads = TwoMeans.spreads(points)
    let beside = (0..<controls).map { _ -> Double in
      let drawn = points.map { _ in spreads.map { $0 * random.normal() } }
      return TwoMeans(drawn, random: &random).silhouette
    }
    // The share of data without clusters that hold a cut as well (Davison and Hinkley 1997, section 4.2).
    let p = Double(beside.count { $0 >= cut.silhouette } + 1) / Double(controls + 1)
    let texts = arguments["prompts"]?.strings ?? []
    let smaller = cut.smaller
    let apart = prompts.indices.filter { cut.side[$0] == smaller }
      .sorted { cut.margins[$0] > cut.margins[$1] }
    let others = prompts.indices.filter { cut.side[$0] != smaller }
      .sorted { cut.margins[$0] > cut.margins[$1] }
    func round(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    return ToolResult(
      summary:
        "\(apart.count) of \(prompts.count) prompts lie apart after blocks.\(layer): silhouette "
        + "\(round(cut.silhouette)), without clusters "
        + "\(round(OutlierTest.median(beside))) (p \(round(p)))",
      result: [
        "layer": JSONValue(layer), "silhouette": .rounded(cut.silhouette),
        "withoutClusters": .rounded(OutlierTest.median(beside)), "p": .significant(p),
        "smaller": [
          "prompts": JSONValue(apart.count),
          "examples": JSONValue(apart.prefix(8).map { texts[$0] }),
          "members": JSONValue(apart),
        ],
        "larger": [
          "prompts": JSONValue(others.count),
          "examples": JSONValue(others.prefix(8).map { texts[$0] }),
        ],
      ], tokens: read.cost)
  }

  /// Known to the token.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let cost = LayerActivations.cost(try inputs(arguments, suspect).prompts)
    return CostEstimate(passing: cost, through: suspect)
  }

  private static func inputs(
    _ arguments: JSONValue, _ suspect: Suspect
  ) throws -> (prompts: [[Int]], layer: Int) {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let texts = try values.texts("prompts", limit: 2048)
    guard texts.count >= 8 else {
      throw AssayError(
        .badInput,
        "the argument 'prompts' of '\(name)' must hold 8 to 2048 texts, got \(texts.count)")
    }
    let layers = suspect.bundle.model.configuration.layers
    let layer = try values.integer("layer", in: -1...(layers - 1))
    return (
      try PromptCoder(suspect, tool: name).encode(texts), layer >= 0 ? layer : max(0, layers - 2)
    )
  }
}
