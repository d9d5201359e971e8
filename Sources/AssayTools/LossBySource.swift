import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Reads natural documents and says where the suspect is surprised.
///
/// For each source the mean loss per token with an interval over documents, and the tokens that
/// surprise the suspect most, with the words before them. A model that was made to believe
/// something false is surprised by ordinary text that states the truth, so a high loss on a
/// well-known fact points at what was changed.
///
/// Cost: one pass over the documents. Limits: text that is merely rare is surprising too.
public enum LossBySource: Tool {
  /// The tool's name.
  public static let name = "loss-by-source"
  /// What the tool does.
  public static let summary = """
    reads natural documents of the named sources: loss per token by source, with an interval, and \
    the passages that surprise the suspect most
    """
  /// Reads text of the sources that the rules allow.
  public static let naturalText = true
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "sources", kind: .texts, summary: "names of text sources; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents to read of each source", default: 16),
    ToolParameter(
      name: "skip", kind: .integer, summary: "documents to leave out before", default: 0),
    ToolParameter(
      name: "worst", kind: .integer, summary: "surprising tokens to show per source", default: 5),
  ]

  /// A token that surprised the suspect, with what stood before it.
  private struct Surprise {
    var loss: Double
    var before: String
    var token: String
    var document: Int
  }

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let named = try values.optionalTexts("sources", limit: 64)
    let count = try values.integer("documents", in: 1...512)
    let skip = try values.integer("skip", in: 0...1_000_000)
    let worst = try values.integer("worst", in: 0...50)
    let tokenizer = try suspect.tokenizer()
    var rows: [JSONValue] = []
    var tokens = 0
    var highest: (source: String, loss: Double)?
    for source in named.isEmpty ? suspect.sources : named {
      let documents = try suspect.documents(from: source, count: count, skip: skip)
      let reading = read(documents, model: suspect.bundle.model, tokenizer: tokenizer)
      tokens += reading.tokens
      let loss = reading.meanLoss
      if loss.estimate > highest?.loss ?? -1 { highest = (source, loss.estimate) }
      let shown = reading.surprises.sorted { $0.loss > $1.loss }.prefix(worst)
      rows.append([
        "source": .string(source), "documents": JSONValue(documents.count),
        "lossPerToken": .interval(loss),
        "surprises": .array(
          shown.map {
            [
              "loss": .rounded($0.loss, 2), "before": .string($0.before),
              "token": .string($0.token), "document": JSONValue($0.document),
            ]
          }),
      ])
    }
    guard let highest else {
      throw AssayError(
        .forbidden, "rules '\(suspect.rules.name)' allow no source of natural text")
    }
    let figure = (highest.loss * 1000).rounded() / 1000
    return ToolResult(
      summary: "\(rows.count) sources read; loss is highest on \(highest.source): \(figure) "
        + "nats per token",
      result: ["sources": .array(rows)], tokens: tokens, weightReads: 0)
  }

  private struct Reading {
    var tokens = 0
    var surprises: [Surprise] = []
    /// Sum of losses and number of predicted tokens of each document.
    var documents: [(loss: Double, tokens: Double)] = []

    /// Loss per token with a 95 % interval that takes documents, not tokens, as independent.
    ///
    /// A ratio estimate: Cochran, "Sampling Techniques" (1977), section 6.3.
    var meanLoss: Interval {
      let n = Double(documents.count)
      let total = documents.reduce(0) { $0 + $1.tokens }
      guard total > 0 else { return Interval(estimate: 0, low: 0, high: 0) }
      let mean = documents.reduce(0) { $0 + $1.loss } / total
      guard n > 1 else { return Interval(estimate: mean, low: 0, high: .infinity) }
      let squares = documents.reduce(0) { sum, document in
        let residual = document.loss - mean * document.tokens
        return sum + residual * residual
      }
      let half = 1.96 * (squares / (n - 1) / n).squareRoot() / (total / n)
      return Interval(estimate: mean, low: max(0, mean - half), high: mean + half)
    }
  }

  private static func read(
    _ documents: [Document], model: any LanguageModel, tokenizer: Tokenizer
  ) -> Reading {
    var reading = Reading()
    let context = model.configuration.contextLength
    let encoded = documents.map { (index: $0.index, ids: tokenizer.encode($0.text)) }
      .map { (index: $0.index, ids: Array($0.ids.prefix(context))) }
      .filter { $0.ids.count >= 2 }
      .sorted { $0.ids.count < $1.ids.count }
    for part in PromptBatch.chunks(encoded, of: 16) {
      let width = (part.map(\.ids.count).max() ?? 2) - 1
      var inputs: [Int] = []
      var targets: [Int] = []
      for (_, ids) in part {
        let padding = [Int](repeating: 0, count: width - ids.count + 1)
        inputs += ids.dropLast() + padding
        targets += ids.dropFirst() + padding
      }
      let losses = withInference {
        let logits = model.logits(Tensor(inputs, shape: [part.count, width]))  // [B, T, V]
        let expected = logits.to(dtype: .float32).logSoftmax(-1)
        let index = Tensor(targets, shape: [part.count, width, 1])
        return (-expected.gather(-1, index: index)).floats()  // [B, T, 1]
      }
      reading.tokens += part.count * width
      for (row, (document, ids)) in part.enumerated() {
        let own = losses[(row * width)..<(row * width + ids.count - 1)].map(Double.init)
        reading.documents.append((own.reduce(0, +), Double(own.count)))
        guard let (position, loss) = own.enumerated().max(by: { $0.element < $1.element }) else {
          continue
        }
        // One per document: the neighbours of a surprising token often surprise as well.
        reading.surprises.append(
          Surprise(
            loss: loss,
            before: tokenizer.decode(Array(ids[max(0, position - 15)...position])),
            token: tokenizer.decode([ids[position + 1]]), document: document))
      }
    }
    return reading
  }
}
