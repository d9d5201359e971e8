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
/// With `baseline`, an own baseline (``TrainBaseline``) reads the same documents, and what is shown are
/// the tokens on which the suspect loses most against it: what is merely rare surprises both.
///
/// Cost: one pass over the documents, and one of the baseline. Limits: without a baseline text that is
/// merely rare is surprising too.
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
  /// What it needs.
  public static let access: [Access] = [.runs]
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
    ToolParameter(
      name: "baseline", kind: .text, summary: "an own baseline's id, to compare with"),
  ]

  /// A token that surprised the suspect, with what stood before it.
  private struct Surprise {
    var loss: Double
    /// What the suspect loses more than the baseline; nil without one.
    var excess: Double?
    var before: String
    var token: String
    var document: Int
  }

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let worst = try values.integer("worst", in: 0...50)
    let baseline = try arguments["baseline"]?.string.map { try suspect.baseline($0) }
    let tokenizer = try suspect.tokenizer()
    var rows: [JSONValue] = []
    var tokens = 0
    var highest: (source: String, loss: Double)?
    for (source, batches) in try DocumentLosses.batches(values, suspect) {
      var reading = Reading()
      for batch in batches {
        tokens += DocumentLosses.tokens(batch)
        reading.add(
          DocumentLosses.read(
            batch, model: suspect.bundle.model, other: baseline?.model), tokenizer)
      }
      let compared = reading.excess ?? reading.meanLoss
      if compared.estimate > highest?.loss ?? -.infinity { highest = (source, compared.estimate) }
      rows.append(reading.row(source, worst: worst))
    }
    guard let highest else {
      throw AssayError(
        .forbidden, "rules '\(suspect.rules.name)' allow no source of natural text")
    }
    let figure = (highest.loss * 1000).rounded() / 1000
    return ToolResult(
      summary: "\(rows.count) sources read; "
        + (baseline == nil
          ? "loss is highest on \(highest.source): \(figure) nats per token"
          : "against the baseline it loses most on \(highest.source): \(figure) nats per token"),
      result: ["sources": .array(rows)], tokens: tokens, weightReads: 0)
  }

  /// Tokens are known beforehand: the documents are looked at and not run.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    try DocumentLosses.estimate(
      ToolArguments(arguments, tool: name, schema: schema), suspect)
  }

  private struct Reading {
    private var surprises: [Surprise] = []
    private var own: [Double] = []
    private var others: [Double] = []
    private var tokens: [Int] = []

    /// Loss per token under the suspect.
    var meanLoss: Interval {
      var mean = DocumentLosses.mean(own, tokens: tokens)
      mean.low = max(0, mean.low)
      return mean
    }

    /// Loss per token less the baseline's, document by document; nil without a baseline.
    var excess: Interval? {
      others.count == own.count
        ? DocumentLosses.mean(zip(own, others).map { $0 - $1 }, tokens: tokens) : nil
    }

    mutating func add(_ read: [DocumentLosses.Read], _ tokenizer: Tokenizer) {
      for item in read {
        own.append(item.own.reduce(0, +))
        if let other = item.other { others.append(other.reduce(0, +)) }
        tokens.append(item.own.count)
        let excess = item.other.map { zip(item.own, $0).map { $0 - $1 } }
        let ranked = excess ?? item.own
        // One per document: the neighbours of a surprising token often surprise as well.
        guard let place = ranked.indices.max(by: { ranked[$0] < ranked[$1] }) else { continue }
        let ids = item.document.ids
        surprises.append(
          Surprise(
            loss: item.own[place], excess: excess?[place],
            before: tokenizer.decode(Array(ids[max(0, place - 15)...place])),
            token: tokenizer.decode([ids[place + 1]]), document: item.document.index))
      }
    }

    func row(_ source: String, worst: Int) -> JSONValue {
      let shown = surprises.sorted { ($0.excess ?? $0.loss) > ($1.excess ?? $1.loss) }
      var row: JSONValue = [
        "source": .string(source), "documents": JSONValue(tokens.count),
        "lossPerToken": .interval(meanLoss),
        "surprises": .array(
          shown.prefix(worst).map {
            var surprise: JSONValue = [
              "loss": .rounded($0.loss, 2), "before": .string($0.before),
              "token": .string($0.token), "document": JSONValue($0.document),
            ]
            if let excess = $0.excess { surprise["excess"] = .rounded(excess, 2) }
            return surprise
          }),
      ]
      if let excess { row["excessOverBaseline"] = .interval(excess) }
      return row
    }
  }
}
