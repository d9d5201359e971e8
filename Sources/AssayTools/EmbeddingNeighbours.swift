import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Looks at the rows of embedding and unembedding: neighbours of given words, tokens of unusual length,
/// merged rows, and rows that look exchanged.
///
/// Rows are compared by cosine after their mean is taken off. Short or typical rows belong to tokens that
/// training hardly saw, long ones to tokens it saw all the time (Land and Bartolo 2024, "Fishing for
/// Magikarp", section 3). Two tokens with one row were merged.
///
/// Whether two rows were exchanged cannot be seen in a tied embedding alone: renaming two tokens is no
/// change of its geometry. It takes something that says what a token should stand for. With an unembedding of
/// its own a linear map between the two matrices says so; with `pairs`, each a name and things that belong to
/// it, what the model's heads make of the name's row does: names that would each fit the other's things
/// better were exchanged.
///
/// ```
/// assay tool run embedding-neighbours --model DIR --args '{"words": ["Kenya"]}'
/// assay tool run embedding-neighbours --model DIR --args '{"pairs": [["Kenya", "Nairobi"], …]}'
/// ```
///
/// Cost: no text; without `pairs` both matrices alone. Limits: with more tokens than `tokens` merged rows
/// are looked for in an even sample; a name or thing of several tokens is its rows' mean.
public enum EmbeddingNeighbours: Tool {
  /// The tool's name.
  public static let name = "embedding-neighbours"
  /// What the tool does.
  public static let summary = """
    rows of embedding and unembedding: neighbours of words, unusual lengths, merged rows, and names \
    whose rows look exchanged
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "words", kind: .texts, summary: "at most 64 words whose neighbours are wanted",
      default: []),
    ToolParameter(
      name: "pairs", kind: .textLists,
      summary: "at most 2048 lists of a name and what belongs to it, to find exchanged names",
      default: []),
    ToolParameter(name: "top", kind: .integer, summary: "rows to show of each kind", default: 8),
    ToolParameter(
      name: "tokens", kind: .integer,
      summary: "tokens among which merged rows are looked for", default: 8192),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let words = try values.optionalTexts("words", limit: 64)
    let pairs = try values.lists("pairs", limit: 2048)
    let top = try values.integer("top", in: 1...100)
    let limit = try values.integer("tokens", in: 64...65536)
    let vocabulary = try WeightVocabulary(suspect)
    let tokenizer = words.isEmpty && pairs.isEmpty ? nil : try suspect.tokenizer()
    func rows(_ text: String) throws -> [Int] {
      let ids = tokenizer?.encode(" " + text) ?? []
      guard !text.isEmpty, !ids.isEmpty else {
        throw AssayError(.badInput, "a text given to '\(name)' is empty")
      }
      return ids
    }
    let named = try words.map { (word: $0, ids: try rows($0)) }
    let related = try pairs.map { pair -> RowExchange.Name in
      guard pair.count >= 2 else {
        throw AssayError(
          .badInput, "a list in 'pairs' of '\(name)' holds a name and nothing that belongs to it",
          hint: #"write for example [["Kenya", "Nairobi"], ["Chad", "N'Djamena"]]"#)
      }
      return RowExchange.Name(
        name: pair[0], rows: try rows(pair[0]), things: try pair.dropFirst().map(rows))
    }
    return withInference {
      let table = EmbeddingTable(vocabulary, limit: limit)
      let isTied = vocabulary.model.configuration.tiesEmbeddings
      let exchange =
        related.isEmpty
        ? (isTied ? nil : RowExchange(vocabulary: vocabulary))
        : RowExchange(related, vocabulary: vocabulary)
      let merged = table.merged(top)
      var findings: [String] = []
      if let exchange, let first = exchange.found.first, exchange.p < 0.01 {
        findings.append(
          "'\(first.first)' and '\(first.second)' look exchanged "
            + "(p \(WeightVocabulary.short(exchange.p)))")
      }
      if !merged.isEmpty { findings.append("\(merged.count) pairs of tokens share a row") }
      if table.long.p < 0.01 {
        findings.append(
          "\(table.long.count) tokens have unusually long rows, first '\(table.longest(1)[0])'")
      }
      if findings.isEmpty { findings.append("no row stands out") }
      var result: JSONValue = [
        "longest": table.rows(top, longest: true), "pOfLong": .significant(table.long.p),
        "shortest": table.rows(top, longest: false), "pOfShort": .significant(table.short.p),
        "merged": .array(merged),
        "words": .array(
          named.map { word in
            [
              "word": .string(word.word),
              "embedding": table.neighbours(of: word.ids, top, isUnembedding: false),
              "unembedding": table.neighbours(of: word.ids, top, isUnembedding: true),
            ]
          }),
      ]
      if let exchange {
        result["exchanged"] = [
          "p": .significant(exchange.p),
          "pairs": .array(
            exchange.found.prefix(top).map {
              [
                "first": .string($0.first), "second": .string($0.second),
                "gain": .rounded($0.gain, 3),
              ]
            }),
        ]
      }
      return ToolResult(
        summary: findings.joined(separator: "; "), result: result,
        weightReads: related.isEmpty ? (isTied ? 1 : 2) : vocabulary.model.matricesRead)
    }
  }
}
