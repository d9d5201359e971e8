import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Searches the key-value memories of all blocks for words: which units write them, and which tokens open
/// those units.
///
/// The counterpart of `key-value-memories` that needs no prompt. A unit's value is sent through the
/// unembedding (Geva et al. 2022, "Transformer Feed-Forward Layers Build Predictions by Promoting Concepts
/// in the Vocabulary Space", section 3); its score for a list of words is the mean of their logits, less the
/// mean over the vocabulary, in standard deviations of its own logits. What opens it is asked of single
/// tokens' embeddings.
///
/// ```
/// assay tool run memory-search --model DIR --args '{"words": ["Paris", "London"]}'
/// ```
///
/// Cost: no text; every block's units once through the unembedding. Limits: a word is its first token, with
/// and without a space before it, the better one; what units open for in context is not seen.
public enum MemorySearch: Tool {
  /// The tool's name.
  public static let name = "memory-search"
  /// What the tool does.
  public static let summary = """
    MLP units of all blocks whose value promotes given words, and the tokens that open each, read from \
    the weights alone
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "words", kind: .texts, required: true, summary: "1 to 64 words"),
    ToolParameter(name: "top", kind: .integer, summary: "units to show", default: 10),
    ToolParameter(
      name: "writes", kind: .integer, summary: "promoted tokens to show per unit", default: 6),
    ToolParameter(
      name: "opens", kind: .integer, summary: "opening tokens to show per unit", default: 6),
    ToolParameter(
      name: "tokens", kind: .integer,
      summary: "tokens that may open a unit, evenly over the vocabulary", default: 8192),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let words = try values.texts("words", limit: 64)
    let top = try values.integer("top", in: 1...100)
    let writes = try values.integer("writes", in: 1...50)
    let opens = try values.integer("opens", in: 1...50)
    let limit = try values.integer("tokens", in: 64...262_144)
    let tokenizer = try suspect.tokenizer()
    let ids = try words.map { word -> [Int] in
      let forms = [tokenizer.encode(" " + word).first, tokenizer.encode(word).first]
      let found = forms.compactMap { $0 }
      guard !word.isEmpty, !found.isEmpty else {
        throw AssayError(.badInput, "a word given to '\(name)' is empty")
      }
      return found
    }
    let vocabulary = try WeightVocabulary(suspect)
    return withInference {
      let found = units(vocabulary, ids).prefix(top)
      let tokens = vocabulary.sample(limit)
      let normed = vocabulary.model.normedEmbeddings(tokens)
      var cache: [Int: Tensor] = [:]
      let rows = found.map { unit -> JSONValue in
        let openings = cache[unit.layer] ?? vocabulary.openings(unit.layer, normed)  // [n, I]
        cache[unit.layer] = openings
        let own = openings.select(1, index: unit.index) * unit.sign  // [n]
        let best = own.topK(min(opens, tokens.count), dim: 0)
        let value = vocabulary.model.layers[unit.layer].units.out.select(1, index: unit.index)
        return [
          "unit": .string(WeightVocabulary.unit(unit.layer, unit.index)),
          "score": .rounded(unit.score, 2),
          "writes": vocabulary.names(vocabulary.direct(value * unit.sign), writes),
          "opensFor": .array(
            zip(best.indices.ints(), best.values.doubles()).map {
              ["token": .string(vocabulary.name(tokens[$0])), "opening": .significant($1)]
            }),
        ]
      }
      let first = found.first
      return ToolResult(
        summary: first.map {
          "\(WeightVocabulary.unit($0.layer, $0.index)) promotes "
            + "\(words.count == 1 ? "'\(words[0])'" : "the \(words.count) words") most: "
            + "\(($0.score * 10).rounded() / 10) standard deviations above its other tokens"
        } ?? "the model has no MLP units",
        result: [
          "units": .array(Array(rows)), "words": JSONValue(words),
          "tokensOfWords": .array(ids.map { JSONValue($0.map(vocabulary.name)) }),
        ], weightReads: vocabulary.model.matricesRead)
    }
  }

  private struct Unit {
    var layer: Int
    var index: Int
    /// 1 or -1: with which sign the unit must open to write the words.
    var sign: Double
    var score: Double
  }

  /// All units' scores, the best first; without a gate a unit opens one way only.
  private static func units(_ vocabulary: WeightVocabulary, _ ids: [[Int]]) -> [Unit] {
    let model = vocabulary.model
    let mean = model.unembedding.mean(0)  // [d]
    let centred = model.unembedding - mean
    let moment = centred.T.matmul(centred) / Double(centred.dim(0))  // [d, d]
    let wanted = ids.map { centred.indexSelect(0, index: $0) }  // each [forms, d]
    var found: [Unit] = []
    for (layer, block) in model.layers.enumerated() {
      let out = block.units.out  // [d, I]
      let spread = (out * moment.matmul(out)).sum(0).clamp(min: 1e-30).sqrt()  // [I]
      for sign in block.units.up == nil ? [1.0] : [1.0, -1.0] {
        var sum = spread * 0
        for forms in wanted { sum = sum + (forms.matmul(out) * sign).amax(0) }
        let scores = sum / Double(wanted.count) / spread
        let best = scores.topK(min(100, scores.count), dim: 0)
        for (index, score) in zip(best.indices.ints(), best.values.doubles()) {
          found.append(Unit(layer: layer, index: index, sign: sign, score: score))
        }
      }
    }
    return found.sorted { $0.score > $1.score }
  }
}
