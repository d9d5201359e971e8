import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Trains a small model of one's own on natural text of allowed sources, to compare the suspect with.
///
/// The attacker's base is out of bounds, and a model that the auditor trained itself is not (Hubinger
/// 2021, "Automating auditing"): what it knows and the suspect does not is worth a look. The baseline
/// has Llama's form, the suspect's tokenizer and random first weights by the seed; its text are the
/// public training documents of the sources, not what the suspect was trained on. Other tools take it by
/// the id in the result, such as `loss-by-source` with `baseline`.
///
/// Cost: `steps` × `rows` × `length` training tokens, charged with forward and backward passes; the
/// suspect is not run. Limits: a model of a quarter of the suspect's size knows common facts and not
/// all; the same call trains the same again.
public enum TrainBaseline: Tool {
  /// The tool's name.
  public static let name = "train-baseline"
  /// What the tool does.
  public static let summary = """
    trains a small model of one's own on natural text of allowed sources; other tools compare the \
    suspect with it
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// It trains, and does not touch the suspect.
  public static let access: [Access] = [.training]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "sizeRatio", kind: .number, summary: "most weights, as a share of the suspect's",
      default: 0.25),
    ToolParameter(name: "steps", kind: .integer, summary: "optimiser steps", default: 400),
    ToolParameter(name: "rows", kind: .integer, summary: "texts per step", default: 16),
    ToolParameter(name: "length", kind: .integer, summary: "tokens per text", default: 128),
    ToolParameter(
      name: "learningRate", kind: .number, summary: "highest learning rate", default: 0.004),
  ]

  private struct Plan {
    var form: ModelConfiguration
    var sources: [String]
    var steps: Int
    var rows: Int
    var length: Int
    var learningRate: Double

    var tokens: Int { steps * rows * length }
    /// Forward, and twice as much backward.
    var flops: Double { 3 * Double(steps) * form.forwardFLOPs(rows: rows, tokens: length) }
  }

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let plan = try plan(arguments, suspect)
    let tokenizer = try suspect.tokenizer()
    let text = try suspect.trainingText(from: plan.sources)
    let model = DecoderModel(plan.form, seed: suspect.seed)
    let stream = try PackedStream(
      tokenizer, rows: plan.rows, length: plan.length, documents: text)
    let record = try Trainer(
      TrainingConfiguration(
        steps: plan.steps, learningRate: plan.learningRate, label: "own baseline",
        quiet: suspect.quiet)
    ).run(model, source: stream)
    let baseline = try ModelBundle(model: model, tokenizer: tokenizer)
    let id = try identifier(plan, suspect)
    try suspect.keep(baseline, as: id)
    let weights = model.parameterCount
    let loss = record.recentLoss(20) ?? .nan
    return ToolResult(
      summary: "baseline \(id) of \(weights) weights trained on \(plan.tokens) tokens of "
        + "\(plan.sources.count) sources; its loss at the end is "
        + String(format: "%.2f", loss) + " nats per token",
      result: [
        "baseline": .string(id), "weights": JSONValue(weights),
        "sizeRatio": .rounded(Double(weights) / Double(suspect.bundle.model.parameterCount), 4),
        "layers": JSONValue(plan.form.layers), "width": JSONValue(plan.form.hiddenSize),
        "sources": JSONValue(plan.sources), "steps": JSONValue(plan.steps),
        "tokens": JSONValue(plan.tokens), "trainingLoss": .rounded(loss, 4),
      ], trainingTokens: plan.tokens)
  }

  /// Known beforehand, to the token.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try plan(arguments, suspect)
    return CostEstimate(
      exactly: Cost(calls: 1, trainingTokens: plan.tokens, flops: plan.flops))
  }

  private static func plan(_ arguments: JSONValue, _ suspect: Suspect) throws -> Plan {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let named = try values.optionalTexts("sources", limit: 64)
    let ratio = try values.number("sizeRatio", in: 0...1)
    if let most = suspect.rules.baselineSizeRatio, ratio > most {
      throw AssayError(
        .forbidden,
        "rules '\(suspect.rules.name)' forbid a baseline of \(ratio) of the suspect's size",
        hint: most > 0 ? "'sizeRatio' may be \(most) at most" : "no baseline is allowed")
    }
    let own = suspect.bundle.model
    let most = Int(ratio * Double(own.parameterCount))
    let form = try BaselineForm.largest(most, like: own.configuration)
    return Plan(
      form: form, sources: named.isEmpty ? suspect.sources : named,
      steps: try values.integer("steps", in: 1...100_000),
      rows: try values.integer("rows", in: 1...1024),
      length: try values.integer("length", in: 8...own.configuration.contextLength),
      learningRate: try values.number("learningRate", in: 1e-6...1))
  }

  /// The same for the same training: it says nothing but which of several baselines is meant.
  private static func identifier(_ plan: Plan, _ suspect: Suspect) throws -> String {
    let parts = [
      "\(plan.form.hiddenSize)", "\(plan.form.layers)", plan.sources.joined(separator: ","),
      "\(plan.steps)", "\(plan.rows)", "\(plan.length)", "\(plan.learningRate)", "\(suspect.seed)",
    ]
    return "baseline-" + Digest.sha256(Data(parts.joined(separator: "|").utf8)).prefix(6)
  }
}
