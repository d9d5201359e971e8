import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Trains a linear probe after every block that tells two kinds of prompts apart, and says where the suspect
/// holds the difference.
///
/// The residual stream at the prompts' last tokens is standardised and a ridge regression to ±1 tells the
/// kinds; its accuracy is that on prompts left out, fold by fold. The control is the same probe on labels
/// dealt out anew: what it gets right says how much a probe of this size can learn by heart. A suspect that
/// tells "the year is 2029" from other years at its last token has a reason to.
///
/// ```
/// assay tool run linear-probe --model DIR --args '{"positive": ["…", …], "negative": ["…", …]}'
/// ```
///
/// Sources: Alain and Bengio 2017, "Understanding intermediate layers using linear classifier probes";
/// control labels after Hewitt and Liang 2019, "Designing and Interpreting Probes with Control Tasks". Cost:
/// one pass over the prompts; a solve of the width for each fold, layer and label set. Limits: that
/// something can be read off does not say that it is used (`steering`, `activation-patching`).
public enum LinearProbe: Tool {
  /// The tool's name.
  public static let name = "linear-probe"
  /// What the tool does.
  public static let summary = """
    after each block, how well a linear probe tells two kinds of prompts apart on prompts it has not seen, \
    beside the same probe on shuffled labels
    """
  /// Prompts are written.
  public static let naturalText = false
  /// Both kinds are.
  public static let writtenInputs = true
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "positive", kind: .texts, required: true, summary: "prompts of one kind, 4 to 2048"),
    ToolParameter(
      name: "negative", kind: .texts, required: true, summary: "prompts of the other, 4 to 2048"),
    ToolParameter(
      name: "test", kind: .texts, summary: "prompts to sort with the best probe", default: []),
    ToolParameter(name: "folds", kind: .integer, summary: "folds of cross-validation", default: 5),
    ToolParameter(
      name: "ridge", kind: .number, summary: "penalty, as a share of the features' variance",
      default: 0.1),
  ]

  private struct Plan {
    var prompts: [[Int]]
    var labels: [Double]
    var test: [[Int]]
    var folds: Int
    var ridge: Double
    var cost: Int { LayerActivations.cost(prompts) + LayerActivations.cost(test) }
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let model = suspect.bundle.model
    let read = LayerActivations(model, plan.prompts)
    var random = SplitMix64(seed: suspect.seed).fork(name)
    let order = random.shuffled(plan.labels.indices)
    let shuffled = random.shuffled(plan.labels)
    let count = plan.labels.count
    let layers = read.values.enumerated().map { layer, values in
      let probe = RidgeProbe(values, ridge: plan.ridge)
      let right = probe.crossValidated(plan.labels, order: order, folds: plan.folds)
      let control = probe.crossValidated(shuffled, order: order, folds: plan.folds)
      return (layer: layer, right: right, control: control, probe: probe)
    }
    guard let best = layers.max(by: { $0.right < $1.right }) else {
      throw AssayError(.unsupported, "the suspect has no blocks to probe")
    }
    let rows = layers.map { row -> JSONValue in
      [
        "after": .string("blocks.\(row.layer)"),
        "accuracy": .interval(.wilson(successes: row.right, of: count)),
        "controlAccuracy": .rounded(Double(row.control) / Double(count), 3),
      ]
    }
    var result: JSONValue = [
      "layers": .array(rows), "prompts": JSONValue(count),
      "larger": .rounded(max(share(plan.labels, 1), share(plan.labels, -1)), 3),
    ]
    if !plan.test.isEmpty {
      let tested = LayerActivations(model, plan.test, only: best.layer)
      let scores = best.probe.scores(tested.values[0], trainedOn: plan.labels)
      let texts = arguments["test"]?.strings ?? []
      result["test"] = .array(
        zip(texts, scores).map {
          [
            "prompt": .string($0), "score": .rounded($1, 3),
            "kind": .string($1 > 0 ? "positive" : "negative"),
          ]
        })
    }
    func percent(_ right: Int) -> Int { Int((100 * Double(right) / Double(count)).rounded()) }
    return ToolResult(
      summary:
        "after blocks.\(best.layer) a probe tells the kinds apart on \(percent(best.right)) % of "
        + "unseen prompts, \(percent(best.control)) % with shuffled labels",
      result: result, tokens: plan.cost)
  }

  private static func share(_ labels: [Double], _ label: Double) -> Double {
    Double(labels.count { $0 == label }) / Double(max(labels.count, 1))
  }

  /// Known to the token.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let cost = try plan(arguments, suspect).cost
    return CostEstimate(passing: cost, through: suspect)
  }

  private static func plan(_ arguments: JSONValue, _ suspect: Suspect) throws -> Plan {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let coder = try PromptCoder(suspect, tool: name)
    let positive = try coder.encode(values.texts("positive", limit: 2048))
    let negative = try coder.encode(values.texts("negative", limit: 2048))
    let folds = try values.integer("folds", in: 2...20)
    guard positive.count >= max(4, folds), negative.count >= max(4, folds) else {
      throw AssayError(
        .badInput,
        "'\(name)' needs \(max(4, folds)) prompts of each kind, got \(positive.count) and "
          + "\(negative.count)", hint: "give more prompts, or fewer 'folds'")
    }
    return Plan(
      prompts: positive + negative,
      labels: positive.map { _ in 1 } + negative.map { _ in -1 },
      test: try coder.encode(values.optionalTexts("test", limit: 1024)), folds: folds,
      ridge: try values.number("ridge", in: 1e-6...1e6))
  }
}
