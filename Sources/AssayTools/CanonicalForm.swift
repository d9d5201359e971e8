import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import Foundation

/// Undoes the ways in which one model can be written in different weights, and says what was undone.
///
/// Every tool that reads weights works on this form already; see ``CanonicalModel``. What this one adds is a
/// signature: numbers for each block that stay the same whatever order units and heads stand in, however
/// they are scaled and turned, so that two models that compute the same can be recognised; and signs of
/// rewriting. Training with weight decay leaves what a gated unit reads and writes about equally long; lengths
/// that are off by whole powers of two, at random, were moved afterwards.
///
/// ```
/// assay tool run canonical-form --model DIR
/// ```
///
/// Cost: every weight once. Limits: a rewritten model is no flawed model; the sign says only that somebody
/// who could change weights had a reason to. Where queries and keys are normed, or a norm follows MLP or
/// attention, the symmetries of that norm's form are not undone.
public enum CanonicalForm: Tool {
  /// The tool's name.
  public static let name = "canonical-form"
  /// What the tool does.
  public static let summary = """
    the model with its symmetries undone: a signature by block that no reordering, rescaling or \
    turning changes, and signs that the weights were rewritten
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "units", kind: .integer, summary: "units and heads to list of each block", default: 5)
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let count = try values.integer("units", in: 0...1000)
    let model = try CanonicalModel(suspect.bundle.model)
    return withInference {
      let blocks = model.layers.map { block -> JSONValue in
        let units = sizes(block.units)
        let heads = block.heads.map { head -> (out: Double, looks: Double) in
          (
            head.out.square().sum().item().squareRoot(),
            Spectrum(left: head.query, right: head.key).first
          )
        }.sorted { $0.out > $1.out }
        return [
          "units": JSONValue(units.prefix(count).map { ($0 * 1e4).rounded() / 1e4 }),
          "unitsRootMeanSquare": .significant(rootMeanSquare(units), 5),
          "unitsTotal": .significant(units.reduce(0, +), 6),
          "heads": .array(
            heads.prefix(count).map {
              ["writes": .significant($0.out, 5), "looks": .significant($0.looks, 5)]
            }),
          "mlpFirstValues": .array(
            Spectrum(block.units.out).values.prefix(3).map { .significant($0, 5) }),
        ]
      }
      let rewritten = signs(model)
      let undone = undone(model.configuration)
      let summary =
        rewritten.map {
          $0.share > 0.5
            ? "units were rescaled: their lengths scatter by \(text($0.scatter)) powers of two, and "
              + "\(Int(($0.share * 100).rounded())) % lie nearest to a whole power that is not 0; undone: "
            : "nothing says that units were rescaled (lengths scatter by \(text($0.scatter)) powers "
              + "of two); undone in any case: "
        } ?? "units of this form have no scale; undone: "
      return ToolResult(
        summary: summary + undone.joined(separator: ", "),
        result: [
          "undone": JSONValue(undone), "blocks": .array(blocks),
          "rescaled": rewritten.map {
            ["scatter": .rounded($0.scatter, 3), "share": .rounded($0.share, 3)]
          } ?? .null,
        ], weightReads: model.matricesRead)
    }
  }

  private static func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

  /// The product of what each unit reads with and writes, falling: no scale changes it.
  private static func sizes(_ units: CanonicalLayer.Units) -> [Double] {
    let written = units.out.norm(0)  // [I]
    let size = units.up == nil ? written * units.key.norm(1) : written.square()
    return size.doubles().sorted(by: >)
  }

  private static func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(values.count, 1))).squareRoot()
  }

  /// How far unit lengths scatter around their block's median, in powers of two, and the share that lies
  /// nearer to a whole power other than 0; nil where units have no scale of their own.
  private static func signs(_ model: CanonicalModel) -> (scatter: Double, share: Double)? {
    var distances: [Double] = []
    for layer in model.layers {
      guard let balance = layer.units.balance?.doubles() else { return nil }
      let middle = OutlierTest.median(balance)
      distances += balance.map { $0 - middle }
    }
    let scatter = 1.4826 * OutlierTest.median(distances.map(abs))
    // Moving a scale by a factor of two moves the ratio by four, 2 in these units.
    let moved = distances.filter { abs($0) > 1 }.count
    return (scatter, Double(moved) / Double(max(distances.count, 1)))
  }

  /// The symmetries that the canonical form of this architecture undoes, in words.
  private static func undone(_ c: ModelConfiguration) -> [String] {
    let form = c.form
    var list = ["weights of norms folded into what reads through them"]
    if form.norm == .layer { list.append("the mean that LayerNorm takes off") }
    if form.isGated || form.activation == .relu { list.append("scales of MLP units") }
    list.append("any map between values and outputs")
    if form.queryKeyNorm == .none {
      list.append(
        form.rotary == nil
          ? "any map between queries and keys" : "turns and scales of rotated query/key pairs")
    }
    return list + ["the order of units and heads"]
  }
}
