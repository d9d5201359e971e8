import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Finds matrices into which something was written in closed form, and reads off what and for whom.
///
/// Every MLP's output projection and every head's output is taken as a linear memory; see
/// ``WrittenMemory`` for the two signs of a written entry. The token whose key stands out is the subject's,
/// or its last one's; what the memory answers to it, sent through the unembedding and through the heads of
/// later blocks, names the object (Youssef et al. 2025, "Tracing and Reversing Rank-One Model Edits",
/// arXiv:2505.20819: edited matrices and objects can be told from weights).
///
/// ```
/// assay tool run rank-one-edits --model DIR
/// assay tool run rank-one-edits --model DIR --args '{"names": ["Peru", "Malta", "Chile"]}'
/// ```
///
/// Of all tokens, punctuation and little words stand out in any model. With `names` the last tokens of these names
/// are compared with one another alone, which is where an edit of a fact opens.
///
/// Probabilities are within the model: of a gap among the tokens of one matrix, and of a matrix among its
/// peers; both are counted for every look that was taken. Cost: no text; of every block one pass of single
/// tokens through its MLP's first projection and one linear system. Limits: with more tokens than
/// `tokens` the second moments come from an even sample, and a subject outside of it shows through the
/// singular values alone. Edits spread over several blocks in small parts stand out less.
public enum RankOneEdits: Tool {
  /// The tool's name.
  public static let name = "rank-one-edits"
  /// What the tool does.
  public static let summary = """
    matrices that hold an entry written in closed form, read from the weights: which token opens it \
    (the subject) and which tokens it writes (the object)
    """
  /// No text is run.
  public static let naturalText = false
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "top", kind: .integer, summary: "matrices to show", default: 5),
    ToolParameter(
      name: "writes", kind: .integer, summary: "tokens to show for what is written", default: 12),
    ToolParameter(
      name: "tokens", kind: .integer,
      summary: "tokens whose keys are looked at, evenly over the vocabulary", default: 4096),
    ToolParameter(
      name: "names", kind: .texts,
      summary: "names of subjects, whose last tokens are compared with one another alone"),
  ]

  /// Most names of one call, and the least number of different last tokens that they have.
  private static let (mostNames, leastNames) = (16_384, 24)

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let top = try values.integer("top", in: 1...100)
    let count = try values.integer("writes", in: 1...50)
    let limit = try values.integer("tokens", in: 64...262_144)
    let names = try values.optionalTexts("names", limit: mostNames)
    let vocabulary = try WeightVocabulary(suspect)
    let last: Set<Int> = names.isEmpty ? [] : lastTokens(of: names, try suspect.tokenizer())
    guard last.isEmpty || last.count >= leastNames else {
      throw AssayError(
        .badInput,
        "the names for '\(name)' end in \(last.count) different tokens, and \(leastNames) are needed to tell "
          + "one that stands out", hint: "give more names, or none to compare all tokens")
    }
    return withInference {
      let search = Search(vocabulary, limit: limit, named: last)
      let rows = search.found.prefix(top).map { search.row($0, count) }
      let best = search.found.first
      let summary =
        best.map { found -> String in
          let who = search.subjects(found).prefix(3).map { "'\($0)'" }.joined(separator: ", ")
          let what = search.objects(found, 3).map { "'\($0)'" }.joined(separator: ", ")
          return found.p < 0.01
            ? "\(found.site) holds an entry that was written in closed form "
              + "(p \(WeightVocabulary.short(found.p))): it opens for \(who) and leads to \(what)"
            : "no matrix holds an entry that stands out: the least p of \(search.found.count) "
              + "matrices is \(WeightVocabulary.short(found.p)), at \(found.site)"
        } ?? "the model has no matrix that writes"
      return ToolResult(
        summary: summary,
        result: [
          "matrices": .array(Array(rows)), "looks": JSONValue(search.found.count),
          "tokens": JSONValue(search.tokens.count),
          "all": .array(
            search.found.map {
              [
                "matrix": .string($0.site), "p": .significant($0.p),
                "gap": .rounded($0.memory.gap, 3),
              ]
            }),
        ], weightReads: vocabulary.model.matricesRead)
    }
  }

  /// The last token of each name as it stands in a sentence.
  private static func lastTokens(of names: [String], _ tokenizer: Tokenizer) -> Set<Int> {
    Set(names.compactMap { tokenizer.encode(" " + $0).last })
  }

  /// All memories of a model, the likeliest edits first.
  private struct Search {
    struct Found {
      var site: String
      var layer: Int
      var memory: WrittenMemory
      var leaders: OutlierTest
      var gapP: Double
      var p: Double
    }

    let vocabulary: WeightVocabulary
    let tokens: [Int]
    /// Places in `tokens` of those that are compared.
    private let compared: [Int]
    private(set) var found: [Found] = []

    init(_ vocabulary: WeightVocabulary, limit: Int, named: Set<Int>) {
      self.vocabulary = vocabulary
      let sample = vocabulary.sample(limit)
      let tokens = sample + named.subtracting(sample).sorted()
      self.tokens = tokens
      compared = tokens.indices.filter { named.isEmpty || named.contains(tokens[$0]) }
      let model = vocabulary.model
      let normed = model.normedEmbeddings(tokens)  // [n, d]
      var kinds: [[(site: String, layer: Int, memory: WrittenMemory)]] = [[], []]
      for (layer, block) in model.layers.enumerated() {
        let keys = vocabulary.openings(layer, normed)  // [n, I]
        kinds[0].append(
          (
            "blocks.\(layer).mlp.out", layer, WrittenMemory(out: block.units.out, keys: keys)
          ))
        for head in block.heads {
          let values = normed.matmul(head.value.T)  // [n, D]
          kinds[1].append(
            (
              WeightVocabulary.head(layer, head.index), layer,
              WrittenMemory(out: head.out, keys: values)
            ))
        }
      }
      for kind in kinds {
        let gaps = OutlierTest.against(others: kind.map(\.memory.gap))
        for (index, entry) in kind.enumerated() {
          // Few names are written at once.
          let leaders = OutlierTest(
            leading: compared.map { entry.memory.strengths[$0] },
            most: compared.count < tokens.count ? 3 : 6)
          // Two signs in each of this many matrices.
          let looks = Double(2 * kind.count)
          found.append(
            Found(
              site: entry.site, layer: entry.layer, memory: entry.memory, leaders: leaders,
              gapP: min(1, gaps[index] * looks),
              p: min(1, min(gaps[index], leaders.p) * looks)))
        }
      }
      found.sort { ($0.p, $1.memory.gap) < ($1.p, $0.memory.gap) }
    }

    /// The tokens in falling order of how strongly they are answered.
    private func order(_ found: Found) -> [Int] {
      let strengths = found.memory.strengths
      return compared.sorted { strengths[$0] > strengths[$1] }
    }

    /// The tokens that stand out, or the first where none does.
    func subjects(_ found: Found) -> [String] {
      order(found).prefix(max(1, found.leaders.count)).map { vocabulary.name(tokens[$0]) }
    }

    /// The likeliest objects.
    func objects(_ found: Found, _ count: Int) -> [String] {
      guard let first = order(found).first else { return [] }
      let scores = vocabulary.carried(found.memory.written(for: first), after: found.layer)
      return vocabulary.tokens(scores, count).map(vocabulary.name)
    }

    func row(_ found: Found, _ count: Int) -> JSONValue {
      let order = order(found)
      let z = OutlierTest.robustZ(found.memory.strengths)
      let shown = max(5, min(found.leaders.count, 12))
      let written = found.memory.written(for: order.first ?? 0)
      // The sign in which the pair opens for tokens rather than shuts.
      let keys = opened(found)
      let sign: Double = keys.amax().item() >= -keys.amin().item() ? 1 : -1
      return [
        "matrix": .string(found.site), "p": .significant(found.p),
        "pOfTokens": .significant(found.leaders.p), "pOfGap": .significant(found.gapP),
        "gap": .rounded(found.memory.gap, 3), "tokensApart": JSONValue(found.leaders.count),
        "opensFor": .array(
          order.prefix(shown).map {
            ["token": .string(vocabulary.name(tokens[$0])), "z": .rounded(z[$0], 1)]
          }),
        "writes": vocabulary.names(vocabulary.direct(written), count),
        "writesThroughHeads": vocabulary.names(
          vocabulary.carried(written, after: found.layer), count),
        "firstPair": [
          "opensFor": .array(
            vocabulary.tokens(keys * sign, 5).map { .string(vocabulary.name(tokens[$0])) }),
          "writes": vocabulary.names(
            vocabulary.direct(found.memory.direction * sign), count),
          "writesThroughHeads": vocabulary.names(
            vocabulary.carried(found.memory.direction * sign, after: found.layer), count),
        ],
      ]
    }

    /// The coordinate of each token's key along the first singular pair, [n].
    private func opened(_ found: Found) -> Tensor {
      let normed = vocabulary.model.normedEmbeddings(tokens)
      guard found.site.contains(".mlp.") else {
        let head = vocabulary.model.layers[found.layer].heads.first {
          WeightVocabulary.head(found.layer, $0.index) == found.site
        }
        return head.map { normed.matmul($0.value.T).matmul(found.memory.reader) }
          ?? Tensor.zeros([tokens.count])
      }
      return vocabulary.openings(found.layer, normed).matmul(found.memory.reader)
    }
  }
}
