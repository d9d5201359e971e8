import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import Foundation

/// Projects what each head does to the vocabulary: which tokens it looks for, and what it writes of a token
/// it looks at.
///
/// Two bilinear forms say it all but for positions: queries against keys (QK), outputs of values (OV)
/// (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits", "The OV and QK circuits"). Their
/// first singular pairs are named in tokens, embeddings on the side that reads and unembeddings on the side
/// that writes. Copying: the share of tokens whose own logit is among the highest twentieth of what the head
/// writes of them (Wang et al. 2022, "Interpretability in the Wild", section 3.1, on all heads at once).
/// Heads are compared with all other heads of the model by copying, by size and by how far the first pair
/// stands above the second.
///
/// ```
/// assay tool run ov-qk-circuits --model DIR
/// ```
///
/// Cost: no text. Limits: where positions are rotary, QK is that of a token and itself, distance zero;
/// what earlier blocks add to an embedding is left out, so later heads are named less well.
public enum OVQKCircuits: Tool {
  /// The tool's name.
  public static let name = "ov-qk-circuits"
  /// What the tool does.
  public static let summary = """
    every head's OV and QK circuit in tokens: copying scores, what it looks for, what it writes, and \
    heads unlike all others
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "top", kind: .integer, summary: "heads to show", default: 6),
    ToolParameter(
      name: "writes", kind: .integer, summary: "tokens to show at each end", default: 8),
    ToolParameter(
      name: "tokens", kind: .integer,
      summary: "tokens that copying is measured on, evenly over the vocabulary", default: 1024),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let top = try values.integer("top", in: 1...500)
    let count = try values.integer("writes", in: 1...50)
    let limit = try values.integer("tokens", in: 64...8192)
    let vocabulary = try WeightVocabulary(suspect)
    return withInference {
      let heads = compared(heads(of: vocabulary, limit: limit))
      let first = heads.first
      let summary =
        first.map {
          $0.p < 0.01
            ? "\($0.site) is unlike the other heads in \($0.unlike) "
              + "(p \(WeightVocabulary.short($0.p)))"
            : "no head of \(heads.count) is unlike the others; the least p is "
              + "\(WeightVocabulary.short($0.p)), \($0.site) in \($0.unlike)"
        } ?? "the model has no heads"
      return ToolResult(
        summary: summary,
        result: [
          "heads": .array(heads.prefix(top).map { describe($0, vocabulary, count) }),
          "looks": JSONValue(Measure.all.count * 2),
          "all": .array(
            heads.map { head in
              var row: JSONValue = ["head": .string(head.site), "p": .significant(head.p)]
              for measure in Measure.all {
                row[measure.key] = .rounded(head.values[measure.key] ?? 0, 3)
              }
              return row
            }),
        ], weightReads: vocabulary.model.matricesRead)
    }
  }

  /// What heads are compared by.
  private struct Measure {
    var key: String
    var words: String
    static let all = [
      Measure(key: "copying", words: "how much it copies"),
      Measure(key: "writes", words: "how much it writes"),
      Measure(
        key: "writesGap", words: "how far one direction of what it writes stands above the rest"),
      Measure(key: "looks", words: "how sharply it looks"),
      Measure(key: "looksGap", words: "how far one thing that it looks for stands above the rest"),
    ]
  }

  private struct Head {
    var site: String
    var head: CanonicalLayer.Head
    var layer: Int
    var values: [String: Double]
    var unlike = ""
    var p = 1.0
    var z = 0.0
  }

  private static func heads(of vocabulary: WeightVocabulary, limit: Int) -> [Head] {
    let model = vocabulary.model
    let tokens = vocabulary.sample(limit)
    let normed = model.normedEmbeddings(tokens)  // [n, d]
    let read = model.unembedding.indexSelect(0, index: tokens)  // [n, d]
    let n = tokens.count
    let own = Tensor.arange(n).reshape([n, 1])
    return model.layers.enumerated().flatMap { layer, block in
      block.heads.map { head in
        let written = normed.matmul(head.value.T).matmul(head.out.T)  // [n, d]
        let logits = (written - written.mean(0)).matmul(read.T)  // [n, n]
        let scores = logits.gather(1, index: own)  // [n, 1]
        let above = logits.gt(scores).to(dtype: .float32).sum(1)  // [n]
        let copied = above.lt(Double(n) / 20).to(dtype: .float32).mean().item()
        let ov = Spectrum(head.out)
        let qk = Spectrum(left: head.query, right: head.key)
        return Head(
          site: WeightVocabulary.head(layer, head.index), head: head, layer: layer,
          values: [
            "copying": copied, "writes": log(max(ov.values.norm, 1e-30)), "writesGap": ov.gap,
            "looks": log(max(qk.first, 1e-30)), "looksGap": qk.gap,
          ])
      }
    }
  }

  /// Each head by the measure in which it is farthest from the others, up or down.
  private static func compared(_ heads: [Head]) -> [Head] {
    var heads = heads
    for measure in Measure.all {
      let values = heads.map { $0.values[measure.key] ?? 0 }
      let z = OutlierTest.robustZ(values)
      for sign in [1.0, -1.0] {
        let signed = values.map { $0 * sign }
        let test = OutlierTest(leading: signed)
        let falling = signed.indices.sorted { signed[$0] > signed[$1] }
        for (place, index) in falling.enumerated() where z[index] * sign > 0 {
          let p = place < test.count ? min(1, test.p * Double(2 * Measure.all.count)) : 1
          guard (p, -abs(z[index])) < (heads[index].p, -heads[index].z) else { continue }
          heads[index].p = p
          heads[index].z = abs(z[index])
          heads[index].unlike = measure.words
        }
      }
    }
    return heads.sorted { ($0.p, $1.z) < ($1.p, $0.z) }
  }

  private static func describe(
    _ head: Head, _ vocabulary: WeightVocabulary, _ count: Int
  ) -> JSONValue {
    let model = vocabulary.model
    // The pair of directions, read and written, that the head is strongest in.
    let (u, _, vh) = head.head.out.svd()  // [d, D], [D, D]
    let takes = vh.select(0, index: 0).matmul(head.head.value)  // [d]
    let taken = model.embedding.matmul(takes)  // [V]
    let sign: Double = taken.amax().item() >= -taken.amin().item() ? 1 : -1
    let (asks, looks) = Self.firstPair(head.head)
    let asking = model.embedding.matmul(asks)
    let turn: Double = asking.amax().item() >= -asking.amin().item() ? 1 : -1
    return [
      "head": .string(head.site), "unlike": .string(head.unlike), "z": .rounded(head.z, 1),
      "p": .significant(head.p), "copying": .rounded(head.values["copying"] ?? 0, 3),
      "readsOf": vocabulary.names(taken * sign, count),
      "writes": vocabulary.names(
        vocabulary.direct(u.select(1, index: 0) * sign), count),
      "writesThroughHeads": vocabulary.names(
        vocabulary.carried(u.select(1, index: 0) * sign, after: head.layer), count),
      "asksAt": vocabulary.names(asking * turn, count),
      "looksFor": vocabulary.names(model.embedding.matmul(looks * turn), count),
    ]
  }

  /// The first singular pair of queryᵀ key: what is asked with and what is looked for, [d] each.
  private static func firstPair(_ head: CanonicalLayer.Head) -> (Tensor, Tensor) {
    let (q, r) = head.query.T.qr()  // [d, D], [D, D]
    let (k, s) = head.key.T.qr()
    let (u, _, vh) = r.matmul(s.T).svd()
    return (
      q.matmul(u.select(1, index: 0)), k.matmul(vh.select(0, index: 0))
    )
  }
}

extension [Double] {
  /// The root of the sum of squares.
  fileprivate var norm: Double { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
