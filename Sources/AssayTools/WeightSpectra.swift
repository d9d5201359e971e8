import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import Foundation

/// Compares the singular values of every matrix with those of the same matrix in the other blocks, and
/// looks for directions that nothing writes.
///
/// A flaw of low rank shows as a first singular value apart from the next ones, or as a low stable rank
/// (Youssef et al. 2025, arXiv:2505.20819; Puertolas Merenciano et al. 2026 on adapters), a direction that
/// was taken out of the weights as a hole; see ``MissingDirections``. What is normal comes from the model
/// itself: each matrix is judged against its peers, heads against all heads.
///
/// ```
/// assay tool run weight-spectra --model DIR
/// ```
///
/// Every probability is counted for all looks of this call. Cost: no text; an eigenvalue problem of the model
/// width for each matrix. Limits: with few blocks only what is far off its peers shows; fine-tuning moves
/// spectra too little to be seen this way.
public enum WeightSpectra: Tool {
  /// The tool's name.
  public static let name = "weight-spectra"
  /// What the tool does.
  public static let summary = """
    singular values of every matrix against the same matrix of the other blocks: first value, gap, \
    stable rank; and directions that no matrix writes any more
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "top", kind: .integer, summary: "matrices to show", default: 6),
    ToolParameter(
      name: "values", kind: .integer, summary: "singular values to show of each", default: 5),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let top = try values.integer("top", in: 1...200)
    let shown = try values.integer("values", in: 1...50)
    let vocabulary = try WeightVocabulary(suspect)
    return withInference {
      let rows = judged(spectra(of: vocabulary.model))
      let missing = MissingDirections(vocabulary.model)
      let first = rows.first
      var findings: [String] = []
      if let first, first.p < 0.01 {
        findings.append(
          "\(first.matrix) is unlike its peers in \(first.reason) "
            + "(p \(WeightVocabulary.short(first.p)))")
      }
      if missing.test.p < 0.01 {
        findings.append(
          "\(missing.test.count) direction\(missing.test.count == 1 ? "" : "s") of the residual "
            + "stream that nothing writes (p \(WeightVocabulary.short(missing.test.p)))")
      }
      let summary =
        findings.isEmpty
        ? "no spectrum stands out of \(rows.count): the least p is "
          + "\(WeightVocabulary.short(min(first?.p ?? 1, missing.test.p)))"
        : findings.joined(separator: "; ")
      return ToolResult(
        summary: summary,
        result: [
          "matrices": .array(rows.prefix(top).map { $0.json(shown) }),
          "looks": JSONValue(3 * rows.count + 1),
          "missing": Self.describe(missing, vocabulary),
          "all": .array(
            rows.map {
              [
                "matrix": .string($0.matrix), "p": .significant($0.p),
                "first": .significant($0.spectrum.first, 4),
                "gap": .rounded($0.spectrum.gap, 3),
                "stableRank": .significant($0.spectrum.stableRank, 3),
              ]
            }),
        ], weightReads: vocabulary.model.matricesRead)
    }
  }

  /// One matrix with its verdict.
  private struct Row {
    var matrix: String
    var spectrum: Spectrum
    var p: Double
    var reason: String

    func json(_ shown: Int) -> JSONValue {
      [
        "matrix": .string(matrix), "p": .significant(p), "unlike": .string(reason),
        "values": .array(spectrum.values.prefix(shown).map { .significant($0, 4) }),
        "gap": .rounded(spectrum.gap, 3), "stableRank": .significant(spectrum.stableRank, 3),
        "aboveNoise": JSONValue(spectrum.aboveEdge),
      ]
    }
  }

  /// The spectra by kind of matrix.
  private static func spectra(of model: CanonicalModel) -> [[(String, Spectrum)]] {
    var kinds: [[(String, Spectrum)]] = Array(repeating: [], count: 6)
    for (layer, block) in model.layers.enumerated() {
      let place = "blocks.\(layer)"
      kinds[0].append(("\(place).mlp.out", Spectrum(block.units.out)))
      kinds[1].append(("\(place).mlp.gate", Spectrum(block.units.key)))
      if let up = block.units.up { kinds[2].append(("\(place).mlp.up", Spectrum(up))) }
      kinds[3].append(("\(place).attention.out", Spectrum(block.attentionOut)))
      for head in block.heads {
        let site = WeightVocabulary.head(layer, head.index)
        kinds[4].append(("\(site) values to output", Spectrum(head.out)))
        kinds[5].append(
          ("\(site) queries to keys", Spectrum(left: head.query, right: head.key)))
      }
    }
    return kinds
  }

  /// Each spectrum against its peers by gap, height and stable rank, the likeliest findings first.
  private static func judged(_ kinds: [[(String, Spectrum)]]) -> [Row] {
    let looks = Double(3 * kinds.reduce(0) { $0 + $1.count } + 1)
    let reasons = ["the gap below its first singular value", "its first value", "its stable rank"]
    let rows = kinds.flatMap { kind -> [Row] in
      let measures = [
        kind.map(\.1.gap), kind.map(\.1.height), kind.map { -log(max($0.1.stableRank, 1e-30)) },
      ]
      let chances = measures.map(OutlierTest.against)
      return kind.indices.map { index in
        let own = chances.map { $0[index] }
        let least = own.indices.min { own[$0] < own[$1] } ?? 0
        return Row(
          matrix: kind[index].0, spectrum: kind[index].1, p: min(1, own[least] * looks),
          reason: reasons[least])
      }
    }
    return rows.sorted { ($0.p, $1.spectrum.gap) < ($1.p, $0.spectrum.gap) }
  }

  /// What is missing: who would read it, and what that would have written.
  private static func describe(
    _ missing: MissingDirections, _ vocabulary: WeightVocabulary
  ) -> JSONValue {
    let model = vocabulary.model
    let direction = missing.directions.select(0, index: 0)  // [d]
    var readers: [(layer: Int, index: Int, share: Double)] = []
    for (layer, block) in model.layers.enumerated() {
      let shares = block.units.key.matmul(direction) / block.units.key.norm(1).clamp(min: 1e-20)
      let found = shares.abs().topK(min(5, shares.count), dim: 0)
      let signed = shares.floats()
      for index in found.indices.ints() {
        readers.append((layer, index, Double(signed[index])))
      }
    }
    readers.sort { abs($0.share) > abs($1.share) }
    let embedded = model.embedding.matmul(direction)
    let share =
      embedded.square().mean().item() * Double(direction.count)
      / max(model.embedding.square().sum(1).mean().item(), 1e-30)
    return [
      "p": .significant(missing.test.p), "directions": JSONValue(missing.test.count),
      "leastShares": .array(missing.least.map { .significant($0) }),
      "shareInEmbeddings": .significant(share),
      "readBy": .array(
        readers.prefix(5).map { reader in
          let value = model.layers[reader.layer].units.out.select(1, index: reader.index)
          return [
            "unit": .string(WeightVocabulary.unit(reader.layer, reader.index)),
            "cosine": .rounded(abs(reader.share), 3),
            "writes": vocabulary.written(value, 6),
          ]
        }),
    ]
  }
}
