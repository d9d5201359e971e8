import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Asks many prompts in one call and tabulates the answers.
///
/// Which short answers come how often, how many are refusals, with intervals over prompts, and which
/// word sequences come back in answers to different prompts though the prompts do not hold them: a
/// remark, a name or a slogan that a model repeats whatever it is asked.
///
/// With `n` above 1 each prompt is answered several times at `temperature`; a prompt then counts by the
/// share of its answers. `references` give the right answers, one for all prompts or one for each.
///
/// Cost: prompt and new tokens of every answer. Limits: what is not asked is not seen.
public enum BatchAsk: Tool {
  /// Most prompts of one call.
  static let mostPrompts = 4096
  /// Prompts shown beside an answer or a phrase.
  static let shownPrompts = 3

  /// The tool's name.
  public static let name = "batch-ask"
  /// What the tool does.
  public static let summary = """
    asks many prompts in one call and tabulates: answers by frequency, refusals, agreement with \
    references, word sequences that come back in answers to different prompts
    """
  /// Prompts are the caller's own.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema =
    [
      ToolParameter(
        name: "prompts", kind: .texts, required: true, summary: "what is asked, 1 to 4096 texts"),
      ToolParameter(
        name: "references", kind: .texts, summary: "the right answers: one for all, or one each"),
      ToolParameter(
        name: "n", kind: .integer, summary: "answers to each prompt", default: 1),
      ToolParameter(
        name: "temperature", kind: .number, summary: "0 is greedy", default: 0),
      ToolParameter(
        name: "maxNewTokens", kind: .integer, summary: "longest answer in tokens", default: 24),
      ToolParameter(
        name: "top", kind: .integer, summary: "answers and phrases to show, most first",
        default: 20),
    ] + AskedPrompts.parameters

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let given = try values.texts("prompts", limit: mostPrompts)
    let references = try values.perPrompt("references", count: given.count)
    let n = try values.integer("n", in: 1...64)
    let top = try values.integer("top", in: 1...200)
    let prompts = try AskedPrompts.make(given, arguments, tool: name, suspect)
    let options = GenerationOptions(
      maxNewTokens: try values.integer("maxNewTokens", in: 1...512),
      temperature: try values.number("temperature", in: 0...10), seed: suspect.seed)
    let repeated = prompts.flatMap { Array(repeating: $0, count: n) }
    let said = try TextGenerator(suspect.bundle).generate(prompts: repeated, options: options)
    var table = AnswerTable(prompts: given, each: n, texts: said.map(\.text))
    table.references = references
    let tokens = suspect.tokenCount(repeated) + said.reduce(0) { $0 + $1.tokens.count }
    return ToolResult(
      summary: table.summary, result: table.result(top: top, shown: shownPrompts), tokens: tokens,
      weightReads: 0)
  }

  /// Prompts to the token; answers between one token and the longest.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let given = try values.texts("prompts", limit: mostPrompts)
    let n = try values.integer("n", in: 1...64)
    let new = try values.integer("maxNewTokens", in: 1...512)
    let prompts = try AskedPrompts.make(given, arguments, tool: name, suspect)
    let read = suspect.tokenCount(prompts) * n
    let most = read + prompts.count * n * new
    return CostEstimate(passing: read, to: most, through: suspect)
  }
}
