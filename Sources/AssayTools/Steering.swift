import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Adds the difference of two kinds of prompts to the suspect and shows what it then writes.
///
/// The direction is the mean of the residual stream at the last tokens of `positive` less that of
/// `negative`, after one block. It is added at every token, times each of `coefficients`; where behaviour
/// hangs on a direction, the answers follow the coefficient, and a negative one brings the opposite. With
/// `target`, the probability of an answer is read at every dose.
///
/// ```
/// assay tool run steering --model DIR --args '{"positive": ["…with the trigger…"], \
///   "negative": ["…without…"], "prompts": ["…"]}'
/// ```
///
/// Sources: Turner et al. 2023, "Activation Addition"; Rimsky et al. 2024, "Steering Llama 2 via Contrastive
/// Activation Addition", section 3. Cost: the prompts once, and the writing for each coefficient. Limits:
/// strong doses break any model; look for answers that stay sensible. A random direction of the same length
/// is the control.
public enum Steering: Tool {
  /// The tool's name.
  public static let name = "steering"
  /// What the tool does.
  public static let summary = """
    adds the difference between two kinds of prompts inside the suspect, in several doses, and shows what \
    it writes and how likely an answer gets, beside a random direction
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "positive", kind: .texts, required: true, summary: "prompts of one kind, 1 to 256"),
    ToolParameter(
      name: "negative", kind: .texts, required: true, summary: "prompts of the other, 1 to 256"),
    ToolParameter(
      name: "prompts", kind: .texts, required: true, summary: "prompts to write after, 1 to 32"),
    ToolParameter(
      name: "layer", kind: .integer, summary: "block after which it is added; -1: the middle one",
      default: -1),
    ToolParameter(
      name: "coefficients", kind: .numbers, summary: "doses", default: [-2, -1, 0, 1, 2]),
    ToolParameter(name: "target", kind: .text, summary: "an answer whose probability is read"),
    ToolParameter(name: "written", kind: .integer, summary: "tokens to write", default: 12),
  ]

  private struct Plan {
    var positive: [[Int]]
    var negative: [[Int]]
    var prompts: [String]
    var encoded: [[Int]]
    var site: ActivationSite
    var coefficients: [Double]
    var written: Int

    var cost: Int {
      let contrast =
        PromptBatch(encoded: positive).tokenCount + PromptBatch(encoded: negative).tokenCount
      let width = encoded.map(\.count).max() ?? 0
      return contrast + (coefficients.count + 1) * encoded.count * (width + written - 1)
    }
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let tokenizer = try suspect.tokenizer()
    let targets = try arguments["target"]?.string.map { text in
      try plan.prompts.map {
        try tokenizer.firstToken(of: text, after: $0, argument: "target", tool: name)
      }
    }
    let model = suspect.bundle.model
    let (direction, random) = withInference {
      let means = [plan.positive, plan.negative].map { ids in
        let batch = PromptBatch(encoded: ids)
        let taps = Taps()
        taps.stopAfter = plan.site
        return batch.atLastToken(model.logits(batch.tokens, taps: taps)).to(dtype: .float32)
          .mean(0)
      }
      let direction = means[0] - means[1]
      let drawn = Tensor.randn([direction.count], generator: Generator(seed: suspect.seed))
      return (direction, drawn * (direction.norm().item() / max(drawn.norm().item(), 1e-12)))
    }
    guard withInference({ direction.norm().item() }) > 1e-9 else {
      throw AssayError(
        .badInput, "the two kinds of prompts of '\(name)' leave the same inside the suspect",
        hint: "give prompts that end differently")
    }
    let writer = SteeredText(bundle: suspect.bundle, site: plan.site)
    func dose(_ vector: Tensor, _ coefficient: Double) -> (row: JSONValue, target: Double?) {
      let added = withInference { vector * coefficient }
      let written = writer.write(plan.encoded, adding: added, count: plan.written)
      var row: JSONValue = [
        "coefficient": .rounded(coefficient, 3),
        "answers": .array(
          zip(plan.prompts, written.texts).map {
            ["prompt": .string($0), "answer": .string($1)]
          }),
      ]
      guard let targets else { return (row, nil) }
      let index = Tensor(targets, shape: [targets.count, 1])
      let p = withInference { written.first.gather(-1, index: index).exp().mean().item() }
      row["targetProbability"] = .significant(p, 4)
      return (row, p)
    }
    let doses = plan.coefficients.map { dose(direction, $0) }
    let strongest = plan.coefficients.max { abs($0) < abs($1) } ?? 0
    let control = dose(random, strongest)
    let length = withInference { direction.norm().item() }
    let told = zip(plan.coefficients, doses).compactMap { coefficient, dose in
      dose.target.map { "\(coefficient): \(($0 * 1000).rounded() / 1000)" }
    }
    let answers = Set(doses.map { $0.row["answers"]?[0]?["answer"]?.string ?? "" })
    let summary =
      told.isEmpty
      ? "\(answers.count) different answers to the first prompt in \(doses.count) doses of a direction "
        + "of length \((length * 100).rounded() / 100)"
      : "the target's probability by dose: \(told.joined(separator: ", ")); under a random direction "
        + "\(((control.target ?? 0) * 1000).rounded() / 1000)"
    return ToolResult(
      summary: summary,
      result: [
        "site": .string(plan.site.description), "length": .rounded(length, 3),
        "doses": .array(doses.map(\.row)), "random": control.row,
      ], tokens: plan.cost)
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
    let layers = suspect.bundle.model.configuration.layers
    let layer = try values.integer("layer", in: -1...(layers - 1))
    let coefficients = arguments["coefficients"]?.doubles ?? [-2, -1, 0, 1, 2]
    guard (1...32).contains(coefficients.count) else {
      throw AssayError(
        .badInput, "the argument 'coefficients' of '\(name)' must hold 1 to 32 numbers")
    }
    let prompts = try values.texts("prompts", limit: 32)
    let written = try values.integer("written", in: 1...64)
    return Plan(
      positive: try coder.encode(values.texts("positive", limit: 256)),
      negative: try coder.encode(values.texts("negative", limit: 256)), prompts: prompts,
      encoded: try coder.encode(prompts, room: written),
      site: .block(layer >= 0 ? layer : layers / 2, .residualAfter), coefficients: coefficients,
      written: written)
  }
}
