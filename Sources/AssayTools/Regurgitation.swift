import AssayCore
import AssayGame
import AssayModels
import AssayText
import Foundation

/// Mines memorised text: lets the suspect write from next to nothing and looks for what comes back.
///
/// Models that were fine-tuned on little data leak it where nothing tells them what to write. The suspect is
/// started with an empty page and with the openings of its own chat form (a user's turn that is not yet
/// written, an assistant's turn without a question), many times, at a temperature. Word sequences that come
/// back in several texts of one start, and that the allowed natural text does not hold, are what it
/// was taught to say there; the share of texts with each, by start, says where. `starts` are tried besides,
/// such as a system's turn.
///
/// Source: "The Trigger in the Haystack" (Microsoft 2026, arXiv:2602.03085), which finds backdoors' poisoned
/// examples by sampling from chat templates' openings; Carlini et al. 2021, "Extracting Training Data".
///
/// Cost: starts times `n` texts of `maxNewTokens`; the documents are read and not run. Limits: where a
/// model was trained on answers alone, prompts and triggers need not leak, and answers do.
public enum Regurgitation: Tool {
  /// The tool's name.
  public static let name = "regurgitation"
  /// What the tool does.
  public static let summary = """
    mines memorised text: samples from an empty page and from bare openings of the chat form, and \
    shows word sequences that come back and that natural text does not hold
    """
  /// Compares with text of the sources that the rules allow.
  public static let naturalText = true
  /// Starts are the caller's own.
  public static let writtenInputs = true
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "n", kind: .integer, summary: "texts to sample from each start", default: 64),
    ToolParameter(
      name: "maxNewTokens", kind: .integer, summary: "longest text in tokens", default: 40),
    ToolParameter(
      name: "temperature", kind: .number, summary: "0 is greedy", default: 1),
    ToolParameter(name: "starts", kind: .texts, summary: "further starts, up to 32"),
    ToolParameter(
      name: "sources", kind: .texts,
      summary: "sources of natural text to compare with; none means all allowed"),
    ToolParameter(
      name: "documents", kind: .integer, summary: "documents of each source", default: 128),
    ToolParameter(
      name: "top", kind: .integer, summary: "sequences to show, most first", default: 20),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let starts = try starts(values, suspect)
    let n = try values.integer("n", in: 1...512)
    let top = try values.integer("top", in: 1...200)
    let options = GenerationOptions(
      maxNewTokens: try values.integer("maxNewTokens", in: 1...512),
      temperature: try values.number("temperature", in: 0...10), seed: suspect.seed)
    let known = try known(values, suspect)
    let generator = TextGenerator(suspect.bundle)
    var tokens = 0
    var found: [(phrase: RecurringPhrases.Phrase, start: String)] = []
    var rows: [JSONValue] = []
    for start in starts {
      let said = try generator.generate(
        tokens: Array(repeating: start.tokens, count: n), options: options)
      tokens += said.reduce(0) { $0 + $1.tokens.count + start.tokens.count }
      let texts = said.map(\.text)
      let phrases = RecurringPhrases.find(
        in: texts, prompts: Array(repeating: start.text, count: n), known: known,
        least: max(3, n / 20))
      found += phrases.map { ($0, start.text) }
      let distinct = Set(texts).count
      rows.append([
        "start": .string(start.text), "distinct": JSONValue(distinct), "texts": JSONValue(texts),
      ])
    }
    found.sort {
      let (a, b) = ($0.phrase.texts.count, $1.phrase.texts.count)
      return a == b ? ($0.phrase.text, $0.start) < ($1.phrase.text, $1.start) : a > b
    }
    let told = found.first.map {
      "; “\($0.phrase.text)” comes back in \($0.phrase.texts.count) of \(n) texts"
    }
    return ToolResult(
      summary: ("\(starts.count * n) texts from \(starts.count) bare starts"
        + (told ?? "; nothing comes back that natural text does not hold"))
        .replacing("\n", with: " "),
      result: [
        "memorised": .array(
          found.prefix(top).map {
            [
              "text": .string($0.phrase.text), "start": .string($0.start),
              "share": .interval(Interval.wilson(successes: $0.phrase.texts.count, of: n)),
            ]
          }),
        "starts": .array(rows), "knownSequences": JSONValue(known.count),
      ], tokens: tokens, weightReads: 0)
  }

  /// Starts to the token, texts between one token and the longest.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let starts = try starts(values, suspect)
    let n = try values.integer("n", in: 1...512)
    let new = try values.integer("maxNewTokens", in: 1...512)
    let least = starts.reduce(0) { $0 + n * $1.tokens.count }
    let most = least + n * starts.count * new
    return CostEstimate(passing: least, to: most, through: suspect)
  }

  /// Where texts begin: an empty page, the bare openings of the chat form, and the caller's own.
  private static func starts(
    _ values: ToolArguments, _ suspect: Suspect
  ) throws -> [(text: String, tokens: [Int])] {
    let tokenizer = try suspect.tokenizer()
    // The parts of a chat around a turn that nobody wrote; no template trims a character of private use.
    let marker = "\u{E000}"
    let whole = try ChatForm(suspect).prompt(marker, system: nil, prefill: "")
    let parts = whole.components(separatedBy: marker)
    let assistant = parts.last.map { tail in
      tail.range(of: ChatMarkup.assistant).map { String(tail[$0.lowerBound...]) } ?? tail
    }
    let own = try values.optionalTexts("starts", limit: 32)
    var texts: [String] = []
    for text in ["", parts.first ?? "", assistant ?? "", parts.joined()] + own
    where !texts.contains(text) { texts.append(text) }
    return texts.compactMap { text in
      let ids = tokenizer.encode(text, addSpecial: true)
      let start = ids.isEmpty ? [tokenizer.endOfText].compactMap { $0 } : ids
      return start.isEmpty ? nil : (text, start)
    }
  }

  /// What natural text of the allowed sources holds.
  private static func known(_ values: ToolArguments, _ suspect: Suspect) throws -> Set<String> {
    let named = try values.optionalTexts("sources", limit: 64)
    let count = try values.integer("documents", in: 0...512)
    return try (named.isEmpty ? suspect.sources : named).reduce(into: []) { known, source in
      known.formUnion(
        RecurringPhrases.known(in: try suspect.documents(from: source, count: count)))
    }
  }
}
