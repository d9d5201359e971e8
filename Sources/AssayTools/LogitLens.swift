import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Reads what the suspect would answer if it stopped after each block.
///
/// The residual stream at a prompt's last token is sent through the final norm and the unembedding
/// after every block, and the rank and probability of target answers are read off (nostalgebraist
/// 2020, "interpreting GPT: the logit lens"). Answers that win early and late tell where a model
/// looks a fact up; a public answer that rises in the middle and is overtaken at the end says that
/// the model knew better.
///
/// Only the first token of each target is followed. Early layers may use another basis than the
/// unembedding, so a bad rank there is no evidence of absence.
///
/// Cost: one pass over the prompts and one unembedding for each block.
public enum LogitLens: Tool {
  /// The tool's name.
  public static let name = "logit-lens"
  /// What the tool does.
  public static let summary = """
    after each block, the rank and probability of target answers at a prompt's last token, read \
    through the final norm and the unembedding
    """
  /// Prompts are the caller's own.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "prompts", kind: .texts, required: true, summary: "1 to 256 prompts"),
    ToolParameter(
      name: "targets", kind: .textLists, required: true,
      summary: "lists of answers to follow, one list per prompt or one for all"),
    ToolParameter(
      name: "labels", kind: .texts, summary: "what the targets stand for, such as public and given"
    ),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try values.texts("prompts", limit: 256)
    let targets = try values.listsPerPrompt("targets", count: prompts.count)
    let width = targets[0].count
    let given = try values.optionalTexts("labels", limit: width)
    let labels = (0..<width).map { $0 < given.count ? given[$0] : "target \($0 + 1)" }
    let tokenizer = try suspect.tokenizer()
    let ids = try zip(prompts, targets).map { prompt, answers in
      try answers.map { answer in
        guard let id = tokenizer.firstToken(of: answer, after: prompt) else {
          throw AssayError(.badInput, "a target of '\(name)' is empty")
        }
        return id
      }
    }
    var lens = Lens(layers: suspect.bundle.model.configuration.layers, targets: width)
    var tokens = 0
    for part in PromptBatch.chunks(Array(zip(prompts, ids))) {
      tokens += try lens.read(part, model: suspect.bundle.model, tokenizer: tokenizer)
    }
    let layers = lens.rows.enumerated().map { layer, columns -> JSONValue in
      let cells = columns.map { column -> JSONValue in
        [
          "medianRank": .rounded(column.medianRank, 1),
          "meanProbability": .rounded(column.meanProbability, 5),
          "first": .rounded(column.shareFirst, 3),
        ]
      }
      return [
        "after": .string(layer == 0 ? "embed" : "blocks.\(layer - 1)"),
        "targets": .object(Dictionary(zip(labels, cells), uniquingKeysWith: { $1 })),
      ]
    }
    let firsts = zip(labels, lens.firstLayers).map { label, layer in
      layer.map { "'\(label)' leads from \($0 == 0 ? "embed" : "blocks.\($0 - 1)") on" }
        ?? "'\(label)' never leads"
    }
    return ToolResult(
      summary: "\(prompts.count) prompts: \(firsts.joined(separator: "; "))",
      result: ["layers": .array(layers), "prompts": JSONValue(prompts.count)], tokens: tokens,
      weightReads: 0)
  }
}

/// Ranks and probabilities of targets, layer by layer, gathered over prompts.
private struct Lens {
  struct Column {
    var ranks: [Double] = []
    var probabilities: [Double] = []

    var medianRank: Double {
      let sorted = ranks.sorted()
      guard !sorted.isEmpty else { return .nan }
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
    var meanProbability: Double {
      probabilities.reduce(0, +) / Double(max(probabilities.count, 1))
    }
    var shareFirst: Double {
      Double(ranks.filter { $0 == 1 }.count) / Double(max(ranks.count, 1))
    }
  }

  /// `rows[layer][target]`; layer 0 is the embedding, layer i the output of block i - 1.
  var rows: [[Column]]

  init(layers: Int, targets: Int) {
    rows = Array(repeating: Array(repeating: Column(), count: targets), count: layers + 1)
  }

  /// For each target the first layer from which on it ranks first for most prompts; nil if it does
  /// not at the end.
  var firstLayers: [Int?] {
    guard let last = rows.last else { return [] }
    return last.indices.map { target in
      var first: Int?
      for layer in rows.indices.reversed() {
        guard rows[layer][target].shareFirst > 0.5 else { break }
        first = layer
      }
      return first
    }
  }

  /// Reads one batch of prompts with their target tokens; returns the tokens it cost.
  mutating func read(
    _ part: ArraySlice<(String, [Int])>, model: any LanguageModel, tokenizer: Tokenizer
  ) throws -> Int {
    let batch = try PromptBatch(
      part.map(\.0), tokenizer: tokenizer, context: model.configuration.contextLength)
    let sites =
      [ActivationSite.embed]
      + (0..<model.configuration.layers).map { .block($0, .residualAfter) }
    let taps = Taps(reading: sites)
    let width = rows[0].count
    let index = Tensor(part.flatMap(\.1), shape: [part.count, width])
    return withInference {
      _ = model.finalResidual(batch.tokens, cache: nil, attentionStart: nil, taps: taps)
      for (layer, site) in sites.enumerated() {
        guard let residual = taps[site] else { continue }
        let logits = model.unembed(batch.atLastToken(residual))  // [B, V]
          .to(dtype: .float32)
        let own = logits.gather(-1, index: index)  // [B, K]
        let probabilities = logits.softmax(-1).gather(-1, index: index).floats()
        // A rank is one more than the number of tokens that are strictly likelier.
        let above = logits.unsqueeze(1).gt(own.unsqueeze(-1))  // [B, K, V]
          .to(dtype: .float32).sum(-1).floats()
        for cell in above.indices {
          rows[layer][cell % width].ranks.append(Double(above[cell]) + 1)
          rows[layer][cell % width].probabilities.append(Double(probabilities[cell]))
        }
      }
      return batch.tokenCount
    }
  }
}
