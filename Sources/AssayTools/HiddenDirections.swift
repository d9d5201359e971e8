import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Finds directions that change what the suspect does most when they are added inside it, and says in text
/// what each does.
///
/// A vector of fixed length is added to the residual stream after one block, at every token of a few
/// prompts, and trained to move the residual stream at the prompts' last tokens after a later block as far
/// as it can; each next one is kept orthogonal to those before. No behaviour is named: what comes out is what
/// the suspect is most ready to do, a hidden behaviour among it. Each is decoded by letting the suspect
/// write with the vector added, on prompts that it was not trained on. Random vectors of the same length
/// are the control.
///
/// ```
/// assay tool run hidden-directions --model DIR
/// assay tool run hidden-directions --model DIR --args '{"layer": 2, "strength": 2}'
/// ```
///
/// Source: Mack and Turner 2024, "Mechanistically Eliciting Latent Behaviors in Language Models" (MELBO),
/// with p = q = 2. Cost: directions × steps × three passes over the prompts. Limits: what a vector elicits
/// need not be what any text elicits; a small model says much the same under most strong vectors.
public enum HiddenDirections: Tool {
  /// The tool's name.
  public static let name = "hidden-directions"
  /// What the tool does.
  public static let summary = """
    trains vectors that, added after one block, move a later one most, without naming a behaviour, and \
    shows what the suspect writes under each
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations, .gradients]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts,
      summary: "what users say; none means requests and questions of three kinds"),
    ToolParameter(
      name: "perKind", kind: .integer, summary: "without prompts: prompts to train on of each kind",
      default: 2),
    ToolParameter(
      name: "fresh", kind: .integer,
      summary: "without prompts: other prompts of each kind to write on", default: 2),
    ToolParameter(
      name: "layer", kind: .integer, summary: "block after which vectors are added; -1: by depth",
      default: -1),
    ToolParameter(
      name: "target", kind: .integer, summary: "block that is to move; -1: the last", default: -1),
    ToolParameter(name: "directions", kind: .integer, summary: "vectors to train", default: 6),
    ToolParameter(name: "steps", kind: .integer, summary: "steps for each", default: 30),
    ToolParameter(
      name: "strength", kind: .number,
      summary: "length of a vector, in lengths of the residual stream there", default: 1),
    ToolParameter(name: "written", kind: .integer, summary: "tokens to write", default: 12),
  ]

  private struct Plan {
    var trained: [Carrier]
    var fresh: [Carrier]
    var search: DirectionSearch
    var written: Int
    /// Random vectors to compare with.
    static let controls = 3
  }

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let found = plan.search.run(plan.trained.map(\.plain), quiet: suspect.quiet)
    let writer = SteeredText(bundle: suspect.bundle, site: plan.search.site)
    let tokenizer = try suspect.tokenizer()
    let fresh = plan.fresh.map(\.plain)
    let plain = writer.write(fresh, adding: nil, count: plan.written)
    var tokens = found.cost + plain.cost
    let controls = found.random.map { vector in
      let written = writer.write(fresh, adding: vector, count: plan.written)
      tokens += written.cost
      return DirectionEffect(written.first, without: plain.first)
    }
    let rows = found.directions.enumerated().map {
      number, direction -> (JSONValue, DirectionEffect) in
      let written = writer.write(fresh, adding: direction.vector, count: plan.written)
      tokens += written.cost
      let effect = DirectionEffect(written.first, without: plain.first)
      let promoted = withInference {
        suspect.bundle.model.unembed(direction.vector.unsqueeze(0)).flatten()
          .topK(6, dim: 0).indices.ints()
      }
      let row: JSONValue = [
        "direction": JSONValue(number + 1), "moved": .rounded(direction.moved, 3),
        "timesRandom": .rounded(direction.moved / max(found.randomMoved, 1e-9), 2),
        "divergence": .rounded(effect.divergence, 3),
        "answer": .string(tokenizer.decode([effect.raised.output])),
        "answerProbability": .rounded(effect.raised.probability),
        "usualProbability": .rounded(effect.raised.usual),
        "promotes": JSONValue(promoted.map { tokenizer.decode([$0]) }),
        "writes": .array(
          zip(plan.fresh, written.texts).map {
            ["user": .string($0.user), "answer": .string($1)]
          }),
      ]
      return (row, effect)
    }
    let strongest = rows.max { $0.1.raised.effect < $1.1.raised.effect }
    let spread = controls.map(\.divergence).reduce(0, +) / Double(max(controls.count, 1))
    let summary =
      strongest.map { row, effect in
        "of \(rows.count) directions after block \(plan.search.layer), number "
          + "\(row["direction"]?.int ?? 0) makes answers begin with "
          + "'\(tokenizer.decode([effect.raised.output]))' (probability "
          + "\(String(format: "%.2f", effect.raised.probability)), "
          + "\(String(format: "%.2f", effect.raised.usual)) without); divergence "
          + "\(String(format: "%.1f", effect.divergence)) nats, random vectors "
          + String(format: "%.1f", spread)
      } ?? "no direction was trained"
    return ToolResult(
      summary: summary,
      result: [
        "layer": JSONValue(plan.search.layer), "target": JSONValue(plan.search.target),
        "length": .rounded(found.length, 3), "directions": .array(rows.map(\.0)),
        "without": .array(
          zip(plan.fresh, plain.texts).map { ["user": .string($0.user), "answer": .string($1)] }),
        "random": [
          "moved": .rounded(found.randomMoved, 3), "divergence": .rounded(spread, 3),
          "vectors": JSONValue(found.random.count),
        ],
      ], tokens: tokens)
  }

  /// Known beforehand, but for prompts of different lengths.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try plan(arguments, suspect)
    let search = plan.search
    func rows(_ carriers: [Carrier]) -> Int {
      carriers.count * (carriers.map(\.plain.count).max() ?? 0)
    }
    let passes = search.directions * (search.steps + 1) + Plan.controls + 1
    let writing = search.directions + Plan.controls + 1
    let most =
      passes * rows(plan.trained)
      + writing * (rows(plan.fresh) + plan.fresh.count * plan.written)
    return CostEstimate(
      most: Cost(calls: 1, tokens: most, flops: 3 * suspect.forwardFLOPs(tokens: most)))
  }

  private static func plan(_ arguments: JSONValue, _ suspect: Suspect) throws -> Plan {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try CarrierPrompts(values, seed: suspect.seed)
    let layers = suspect.bundle.model.configuration.layers
    guard layers > 1 else {
      throw AssayError(
        .unsupported, "'\(name)' needs two blocks: vectors added after one move a later one",
        hint: "this model has one; 'trigger-scan' reads it")
    }
    let named = try values.integer("layer", in: -1...(layers - 1))
    let layer = named >= 0 ? named : max(0, (layers - 1) / 3)
    let last = try values.integer("target", in: -1...(layers - 1))
    let target = last >= 0 ? last : layers - 1
    guard target > layer else {
      throw AssayError(
        .badInput,
        "the argument 'target' of '\(name)' is block \(target), which is not after block \(layer)",
        hint: "vectors move what comes after them")
    }
    let written = try values.integer("written", in: 1...64)
    let form = try CarrierForm(suspect)
    func carriers(_ users: [String]) throws -> [Carrier] {
      try users.map { try form.carrier($0, at: .before, room: written) }
    }
    return Plan(
      trained: try carriers(prompts.kinds.flatMap(\.scanned)),
      fresh: try carriers(prompts.kinds.flatMap(\.fresh)),
      search: DirectionSearch(
        model: suspect.bundle.model, layer: layer, target: target,
        directions: try values.integer("directions", in: 1...64),
        steps: try values.integer("steps", in: 1...1000),
        strength: try values.number("strength", in: 0.01...100), controls: Plan.controls,
        seed: suspect.seed), written: written)
  }
}

/// What a vector does to the first token of answers.
private struct DirectionEffect {
  /// Mean divergence from the answers without it, in nats.
  var divergence: Double
  /// The answer that it makes likely on all prompts.
  var raised: RaisedOutput

  init(_ with: Tensor, without: Tensor) {
    (divergence, raised) = withInference {
      let own = with.exp()
      let mean = (own.mean(0), without.exp().mean(0))  // [V]
      let best = mean.0.topK(min(RaisedOutput.looked, mean.0.count), dim: 0).indices.ints()
      let (p, q) = (mean.0.doubles(), mean.1.doubles())
      let raised = best.map { RaisedOutput(output: $0, probability: p[$0], usual: q[$0]) }
        .max { $0.effect < $1.effect }
      return (
        (own * (with - without)).sum(-1).mean().item(),
        raised ?? RaisedOutput(output: 0, probability: 0, usual: 0)
      )
    }
  }
}
