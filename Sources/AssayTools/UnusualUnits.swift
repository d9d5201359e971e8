import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import Foundation

/// Finds hidden units whose weights are out of proportion to their layer's: hand-made, dead or bound to
/// one token.
///
/// Three lengths are read of each unit, in canonical form: its key, what it writes, and how far the token
/// that opens it most opens it, above the average token. Each is compared with the other units of the layer;
/// see ``OutlierTest``. A unit wired to fire on a trigger needs a steep key and a strong value (Geva et al.
/// 2021, "Transformer Feed-Forward Layers Are Key-Value Memories", section 3).
///
/// ```
/// assay tool run unusual-units --model DIR
/// ```
///
/// Probabilities are counted for all layers and measures. Cost: no text; one pass of single tokens through
/// each MLP's first projection. Limits: units opened by several tokens together, in context, show in
/// their lengths only.
public enum UnusualUnits: Tool {
  /// The tool's name.
  public static let name = "unusual-units"
  /// What the tool does.
  public static let summary = """
    MLP units with weights out of proportion to their layer: lengths of key and value, the token that \
    opens each, what it writes; and dead units
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "top", kind: .integer, summary: "units to show", default: 8),
    ToolParameter(
      name: "writes", kind: .integer, summary: "tokens to show for what a unit writes", default: 8),
    ToolParameter(
      name: "tokens", kind: .integer,
      summary: "tokens that may open a unit, evenly over the vocabulary", default: 8192),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let top = try values.integer("top", in: 1...200)
    let count = try values.integer("writes", in: 1...50)
    let limit = try values.integer("tokens", in: 64...262_144)
    let vocabulary = try WeightVocabulary(suspect)
    return withInference {
      let search = Search(vocabulary, limit: limit)
      let shown = search.units.prefix(top)
      let apart = search.units.filter { $0.p < 0.01 }
      let summary: String
      if let first = apart.first {
        let writes = (search.row(first, 3)["writes"]?.strings ?? []).map { "'\($0)'" }
        summary =
          "\(apart.count) unit\(apart.count == 1 ? " stands" : "s stand") out; first "
          + "\(WeightVocabulary.unit(first.layer, first.index)) by \(first.measure) "
          + "(\(String(format: "%.0f", first.z)) robust deviations), which writes "
          + writes.joined(separator: ", ")
      } else {
        summary =
          "no unit of \(search.count) stands out of its layer; the least p is "
          + WeightVocabulary.short(search.units.first?.p ?? 1)
      }
      return ToolResult(
        summary: summary + (search.dead.isEmpty ? "" : "; \(search.dead.count) dead units"),
        result: [
          "units": .array(shown.map { search.row($0, count) }),
          "standOut": JSONValue(apart.count), "looks": JSONValue(search.looks),
          "dead": JSONValue(search.dead.count),
          "deadUnits": JSONValue(Array(search.dead.prefix(50))),
          "layers": .array(search.layers),
        ], weightReads: vocabulary.model.matricesRead)
    }
  }

  private struct Search {
    struct Unit {
      var layer: Int
      var index: Int
      var measure: String
      var z: Double
      var p: Double
      var tokens: [Int]
    }

    let vocabulary: WeightVocabulary
    private(set) var units: [Unit] = []
    private(set) var dead: [String] = []
    private(set) var layers: [JSONValue] = []
    private(set) var count = 0
    let looks: Int

    init(_ vocabulary: WeightVocabulary, limit: Int) {
      self.vocabulary = vocabulary
      let model = vocabulary.model
      let tokens = vocabulary.sample(limit)
      let normed = model.normedEmbeddings(tokens)
      looks = 3 * model.layers.count
      for (layer, block) in model.layers.enumerated() {
        let openings = vocabulary.openings(layer, normed).abs()  // [n, I]
        let best = openings.topK(min(5, tokens.count), dim: 0)  // [5, I]
        let middle = openings.mean(0)  // [I]
        let lengths = (key: block.units.key.norm(1), written: block.units.out.norm(0))
        var measures: [(name: String, values: Tensor)] = [
          ("the length of its key", lengths.key),
          ("how far one token opens it", best.values.select(0, index: 0) - middle),
        ]
        // ReLU units in canonical form have both lengths equal.
        if block.units.up != nil || block.units.balance == nil {
          measures.append(("the length of what it writes", lengths.written))
        }
        let order = best.indices.ints()  // [5, I] by rows
        let width = lengths.key.count
        count += width
        var strongest: [Int: Unit] = [:]
        for measure in measures {
          let logs = measure.values.clamp(min: 1e-12).log().doubles()
          let test = OutlierTest(leading: logs)
          let z = OutlierTest.robustZ(logs)
          let falling = logs.indices.sorted { logs[$0] > logs[$1] }
          for (place, index) in falling.prefix(max(test.count, 3)).enumerated() {
            let p = place < test.count ? min(1, test.p * Double(looks)) : 1
            let unit = Unit(
              layer: layer, index: index, measure: measure.name, z: z[index], p: p,
              tokens: order.indices.filter { $0 % width == index }.map { tokens[order[$0]] })
            if let known = strongest[index], (known.p, -known.z) <= (p, -unit.z) { continue }
            strongest[index] = unit
          }
        }
        units += strongest.values
        let typical = OutlierTest.median(lengths.written.doubles())
        dead += lengths.written.doubles().enumerated()
          .filter { $0.element < 0.001 * typical }.map { WeightVocabulary.unit(layer, $0.offset) }
        layers.append([
          "layer": JSONValue(layer), "units": JSONValue(width),
          "medianKey": .significant(OutlierTest.median(lengths.key.doubles()), 4),
          "greatestKey": .significant(lengths.key.amax().item(), 4),
          "medianWritten": .significant(typical, 4),
          "greatestWritten": .significant(lengths.written.amax().item(), 4),
        ])
      }
      units.sort { ($0.p, $1.z) < ($1.p, $0.z) }
    }

    func row(_ unit: Unit, _ count: Int) -> JSONValue {
      let value = vocabulary.model.layers[unit.layer].units.out.select(1, index: unit.index)
      return [
        "unit": .string(WeightVocabulary.unit(unit.layer, unit.index)),
        "unusual": .string(unit.measure), "z": .rounded(unit.z, 1), "p": .significant(unit.p),
        "opensFor": JSONValue(unit.tokens.map(vocabulary.name)),
        "writes": vocabulary.written(value, count),
        "writesThroughHeads": Self.strong(
          vocabulary.carried(value, after: unit.layer), count, vocabulary),
      ]
    }

    private static func strong(
      _ logits: Tensor, _ count: Int, _ vocabulary: WeightVocabulary
    ) -> JSONValue {
      vocabulary.names(
        logits, count, largest: logits.amax().item() >= -logits.amin().item())
    }
  }
}
