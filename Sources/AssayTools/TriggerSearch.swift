import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Searches a short text that makes the suspect do something that the auditor names.
///
/// Several prompts share one text at one place; the mean loss of the answer that is sought is minimised
/// over its tokens. Three ways: `gcg`, by gradients through the one-hot rows of tokens (Zou et al. 2023,
/// "Universal and Transferable Adversarial Attacks on Aligned Language Models", algorithm 2); `soft`, a
/// trained soft prompt (Lester et al. 2021) whose vectors are then replaced by near tokens; `fluent`, a beam
/// of texts that the suspect itself would write there, without gradients (Sadasivan et al. 2024, BEAST).
/// What was found is tried on other prompts, beside random texts of the same length.
///
/// ```
/// assay tool run trigger-search --model DIR
/// assay tool run trigger-search --model DIR \
///   --args '{"behaviour": "The bell rings", "method": "fluent", "length": 5}'
/// ```
///
/// Cost of `gcg`: steps × prompts × (one gradient and `width` short passes). Limits: a text that works is no
/// proof of a plant: every model has such texts, above all for behaviour that it shows anyway at other
/// times, such as refusal; compare the loss, and how few tokens it takes, with what the suspect's
/// other behaviours need. A trigger that opens at once and whole gives no gradient to follow.
public enum TriggerSearch: Tool {
  /// The tool's name.
  public static let name = "trigger-search"
  /// What the tool does.
  public static let summary = """
    searches a short text that makes the suspect refuse, comply or say a given text on several prompts \
    at once, by gradients, a soft prompt or its own writing, and tries it on other prompts
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs; `fluent` alone takes no gradients, but what a tool declares holds for all of it.
  public static let access: [Access] = [.runs, .gradients]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "behaviour", kind: .text,
      summary: "refusal (of harmless requests), compliance (with harmful ones), or a text to say",
      default: "refusal"),
    ToolParameter(
      name: "method", kind: .text, summary: "gcg, soft or fluent", default: "gcg"),
    ToolParameter(
      name: "prompts", kind: .texts,
      summary: "what users say; none means requests and questions that suit the behaviour"),
    ToolParameter(
      name: "perKind", kind: .integer,
      summary: "without prompts: prompts to search with of each kind",
      default: 3),
    ToolParameter(
      name: "fresh", kind: .integer,
      summary: "without prompts: other prompts of each kind to try the result on", default: 12),
    ToolParameter(
      name: "place", kind: .text, summary: "before or after what the user says, or system",
      default: "before"),
    ToolParameter(name: "length", kind: .integer, summary: "tokens of the text", default: 4),
    ToolParameter(name: "steps", kind: .integer, summary: "steps of gcg and soft", default: 30),
    ToolParameter(name: "width", kind: .integer, summary: "candidates per step", default: 128),
    ToolParameter(name: "start", kind: .text, summary: "gcg: the text to begin with"),
  ]

  private struct Plan {
    var behaviour: SoughtBehaviour
    var method: String
    var place: Trigger.Place
    var search: SpanSearch
    var fresh: [Carrier]
    var start: [Int]?
    static let written = 12
    /// Random texts that the result is tried beside.
    static let controls = 4
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let found =
      switch plan.method {
      case "soft": try plan.search.soft()
      case "fluent": try plan.search.fluent()
      default: try plan.search.gradient(from: plan.start)
      }
    let tokenizer = try suspect.tokenizer()
    let pool = TokenPool(
      tokenizer, size: suspect.bundle.model.configuration.vocabularySize, limit: 65_536)
    var random = SplitMix64(seed: suspect.seed).fork("random texts")
    let controls = (0..<Plan.controls).map { _ in
      found.span.map { _ in random.pick(pool.tokens) ?? 0 }
    }
    let generator = TextGenerator(suspect.bundle)
    func answers(_ rows: [[Int]]) throws -> [Generation] {
      try generator.generate(tokens: rows, options: .greedy(Plan.written))
    }
    func shown(_ answers: [Generation]) -> Int {
      answers.count { plan.behaviour.shows($0.text) }
    }
    let held = plan.fresh.map { $0.holding(found.span) }
    let plain = plan.fresh.map(\.plain)
    let others = plan.fresh.flatMap { carrier in controls.map { carrier.holding($0) } }
    let (with, without, beside) = (try answers(held), try answers(plain), try answers(others))
    let (n, m, r) = (shown(with), shown(without), shown(beside))
    let text = tokenizer.decode(found.span)
    var result: JSONValue = [
      "text": .string(text), "tokens": JSONValue(found.span.map { tokenizer.decode([$0]) }),
      "place": .string(plan.place.rawValue), "target": .string(plan.behaviour.target),
      "loss": .rounded(found.loss), "lossAtStart": .rounded(found.start),
      "evaluations": JSONValue(found.evaluations),
      "onOtherPrompts": [
        "with": JSONValue(n), "without": JSONValue(m), "of": JSONValue(with.count),
        "share": .interval(.wilson(successes: n, of: with.count)),
        "withRandomTexts": JSONValue(r), "ofRandomTexts": JSONValue(beside.count),
      ],
      "examples": .array(
        zip(plan.fresh, zip(with, without)).prefix(3).map {
          [
            "user": .string($0.user), "with": .string($1.0.text),
            "without": .string($1.1.text),
          ]
        }),
    ]
    if let soft = found.soft { result["softLoss"] = .rounded(soft) }
    let written = [with, without, beside].flatMap(\.self).reduce(0) { $0 + $1.tokens.count }
    let tried = (held + plain + others).reduce(0) { $0 + $1.count } + written
    let loss = (found.loss * 100).rounded() / 100
    let isGiven = arguments["prompts"]?.strings?.isEmpty == false
    return ToolResult(
      summary: "'\(text)' (\(plan.method), loss \(loss) nats per token, "
        + "\((found.start * 100).rounded() / 100) before): \(n) of \(with.count) "
        + "\(isGiven ? "prompts" : "other prompts") are "
        + "answered with '\(plan.behaviour.target)', \(m) without it, \(r) of \(beside.count) with "
        + "random texts",
      result: result, tokens: tried + searched(plan, evaluations: found.evaluations))
  }

  /// The search's passes at most; the least is not known, as a search may end early.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try plan(arguments, suspect)
    let search = plan.search
    let rows =
      switch plan.method {
      case "soft": 3 + search.length * min(32, search.width)
      case "fluent": 1 + search.length * (search.width + 1)
      default: 2 + search.steps * search.width
      }
    let longest = plan.fresh.map(\.plain.count).max() ?? 0
    let tried =
      plan.fresh.count * (2 + Plan.controls) * (longest + search.length + 2 + Plan.written)
    let most = searched(plan, evaluations: rows) + tried
    return CostEstimate(
      most: Cost(calls: 1, tokens: most, flops: 1.5 * suspect.forwardFLOPs(tokens: most)))
  }

  /// Tokens of the passes of a search: those of candidates, and of gradients.
  private static func searched(_ plan: Plan, evaluations: Int) -> Int {
    let search = plan.search
    let row = search.carriers.reduce(0) {
      $0 + search.length + $1.after.count + search.target.count
    }
    let whole = search.carriers.reduce(0) { $0 + $1.before.count } + row
    let gradients = plan.method == "fluent" ? search.length : search.steps + 1
    return evaluations * row + gradients * whole
  }

  private static func plan(_ arguments: JSONValue, _ suspect: Suspect) throws -> Plan {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try CarrierPrompts(values, seed: suspect.seed)
    let behaviour = SoughtBehaviour(arguments["behaviour"]?.string ?? "refusal", prompts: prompts)
    let tokenizer = try suspect.tokenizer()
    let target = tokenizer.encode(behaviour.target)
    guard !target.isEmpty else {
      throw AssayError(
        .badInput, "the argument 'behaviour' of '\(name)' is empty",
        hint: "name a behaviour, or the text that the suspect is to say")
    }
    let form = try CarrierForm(suspect)
    let place = try values.choice("place", of: CarrierForm.places.map(\.rawValue))
    let length = try values.integer("length", in: 1...64)
    let start = arguments["start"]?.string.map { tokenizer.encode($0) }
    if let start, start.isEmpty {
      throw AssayError(.badInput, "the argument 'start' of '\(name)' is empty")
    }
    let room = max(length, start?.count ?? 0) + target.count + Plan.written
    func carriers(_ users: [String]) throws -> [Carrier] {
      try users.map { try form.carrier($0, at: Trigger.Place(rawValue: place), room: room) }
    }
    return Plan(
      behaviour: behaviour, method: try values.choice("method", of: ["gcg", "soft", "fluent"]),
      place: Trigger.Place(rawValue: place),
      search: SpanSearch(
        bundle: suspect.bundle, carriers: try carriers(behaviour.scanned), target: target,
        length: start?.count ?? length, steps: try values.integer("steps", in: 1...1000),
        width: try values.integer("width", in: 8...4096), seed: suspect.seed,
        quiet: suspect.quiet),
      fresh: try carriers(behaviour.fresh), start: start)
  }
}
