import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Looks for what an adapter leaves in weights that it was merged into.
///
/// Two kinds of trace, kept apart because they prove different things. *Storage*: matrices that do not lie
/// on the grid of numbers on which most of the model lies, and whether their distance from it has low rank;
/// see ``StorageGrid``. That is an accident of how a file was written and says that something was added,
/// not what; whoever rounds once more removes it. *Content*: matrices that carry more of their energy in
/// their first few singular directions than the same matrix of other blocks (the adapters' spectral signs
/// of Puertolas Merenciano et al. 2026 need the adapter alone; without a base only what stands above the
/// peers shows).
///
/// ```
/// assay tool run low-rank-residue --model DIR
/// ```
///
/// Cost: no text; an eigenvalue problem for each matrix, two where it is off the grid. Limits: an adapter that
/// was merged and rounded to the base's dtype leaves no trace of storage, and one of ordinary size none of
/// content.
public enum LowRankResidue: Tool {
  /// The tool's name.
  public static let name = "low-rank-residue"
  /// What the tool does.
  public static let summary = """
    what a merged adapter leaves: matrices off the grid of numbers that the model is stored on, by low \
    rank, and matrices with more in their first directions than their peers
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "rank", kind: .integer, summary: "directions that count as the first few", default: 8),
    ToolParameter(name: "top", kind: .integer, summary: "matrices to show", default: 6),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let rank = try values.integer("rank", in: 1...256)
    let top = try values.integer("top", in: 1...200)
    let model = suspect.bundle.model
    let canonical = try CanonicalModel(model)
    return withInference {
      let grids = model.parameters.filter { $0.tensor.rank == 2 }.map {
        (name: $0.name, grid: StorageGrid($0.tensor.detach().to(dtype: .float32)))
      }
      let coarse = grids.filter { $0.grid.dtype == .bfloat16 }
      let isMixed = !coarse.isEmpty && coarse.count < grids.count
      let off = grids.filter { $0.grid.offShare > 0 }
        .sorted { ($0.grid.energy, $1.name) > ($1.grid.energy, $0.name) }
      let low = off.filter { $0.grid.rank > 0 && $0.grid.energy > 0.05 }
      let contents = contents(of: canonical, rank: rank)
      let first = contents.first
      var findings: [String] = []
      if let strongest = low.first {
        findings.append(
          "storage: the distance of \(low.count) matrices from bfloat16 has low rank, first "
            + "\(strongest.name) (rank \(strongest.grid.rank)): something was added after rounding")
      } else if isMixed {
        findings.append(
          "storage: \(off.count) of \(grids.count) matrices lie off bfloat16's grid, the others on "
            + "it: they were written later")
      } else {
        findings.append("storage: nothing, all matrices lie on one grid")
      }
      findings.append(
        (first?.p ?? 1) < 0.01
          ? "content: \(first?.matrix ?? "") has more in its first \(rank) directions than its peers "
            + "(p \(WeightVocabulary.short(first?.p ?? 1)))"
          : "content: no matrix has more in its first \(rank) directions than its peers")
      return ToolResult(
        summary: findings.joined(separator: "; "),
        result: [
          "storage": [
            "isFinding": JSONValue(!low.isEmpty || isMixed),
            "onBfloat16": JSONValue(coarse.count), "matrices": JSONValue(grids.count),
            "off": .array(
              off.prefix(top).map {
                [
                  "matrix": .string($0.name), "grid": .string("\($0.grid.dtype)"),
                  "share": .rounded($0.grid.offShare, 3), "rank": JSONValue($0.grid.rank),
                  "energy": .rounded($0.grid.energy, 3),
                ]
              }),
          ],
          "content": .array(
            contents.prefix(top).map {
              [
                "matrix": .string($0.matrix), "share": .rounded($0.share, 4),
                "p": .significant($0.p),
              ]
            }),
        ], weightReads: grids.count + canonical.matricesRead)
    }
  }

  private struct Content {
    var matrix: String
    var share: Double
    var p: Double
  }

  /// The share of energy in the first directions, against the same matrix of other blocks.
  private static func contents(of model: CanonicalModel, rank: Int) -> [Content] {
    var kinds: [[(String, Double)]] = Array(repeating: [], count: 4)
    func share(_ matrix: Tensor) -> Double {
      let squares = Spectrum(matrix).values.map { $0 * $0 }
      return squares.prefix(rank).reduce(0, +) / max(squares.reduce(0, +), 1e-30)
    }
    for (layer, block) in model.layers.enumerated() {
      kinds[0].append(("blocks.\(layer).mlp.out", share(block.units.out)))
      kinds[1].append(("blocks.\(layer).mlp.gate", share(block.units.key)))
      if let up = block.units.up { kinds[2].append(("blocks.\(layer).mlp.up", share(up))) }
      kinds[3].append(("blocks.\(layer).attention.out", share(block.attentionOut)))
    }
    let looks = Double(kinds.reduce(0) { $0 + $1.count })
    return kinds.flatMap { kind in
      zip(kind, OutlierTest.against(others: kind.map(\.1))).map {
        Content(matrix: $0.0, share: $0.1, p: min(1, $1 * looks))
      }
    }.sorted { ($0.p, $1.share) < ($1.p, $0.share) }
  }
}
