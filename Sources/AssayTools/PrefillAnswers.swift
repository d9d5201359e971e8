import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Puts the first words of the answer into the suspect's mouth and sees how it goes on.
///
/// Every prompt is asked with every opening. For each opening: how likely the suspect itself finds it,
/// per token, how often it then refuses, and how it goes on. An opening that is unlikely and yet leads
/// to a fluent answer shows what a model can say and does not; one that is likely where nothing
/// calls for it shows what it was taught to say.
///
/// Source: prefill attacks of the auditing game (AuditBench 2025), among the strongest black-box tools.
///
/// Cost: prompts times openings, each with its continuation and one pass over the opening.
public enum PrefillAnswers: Tool {
  /// The tool's name.
  public static let name = "prefill"
  /// What the tool does.
  public static let summary = """
    begins the suspect's answers with given words: how likely it finds them, and how it goes on
    """
  /// Prompts are the caller's own.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts, required: true, summary: "the user's turns, 1 to 512"),
    ToolParameter(
      name: "openings", kind: .texts, required: true,
      summary: "how answers begin, 1 to 64; an empty one leaves the suspect to itself"),
    ToolParameter(name: "system", kind: .text, summary: "the system's turn before"),
    ToolParameter(
      name: "maxNewTokens", kind: .integer, summary: "longest continuation in tokens", default: 16),
    ToolParameter(
      name: "shown", kind: .integer, summary: "continuations to show per opening", default: 8),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let call = try Call(arguments, suspect)
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let shown = try values.integer("shown", in: 0...512)
    let generator = TextGenerator(suspect.bundle)
    let options = GenerationOptions(maxNewTokens: call.new, temperature: 0)
    var tokens = 0
    var rows: [JSONValue] = []
    var likeliest: (opening: String, perToken: Double)?
    for opening in call.openings {
      let prompts = try call.prompts.map {
        try call.form.prompt($0, system: call.system, prefill: opening)
      }
      let said = try generator.generate(prompts: prompts, options: options)
      tokens += suspect.tokenCount(prompts) + said.reduce(0) { $0 + $1.tokens.count }
      let refused = said.count { AnswerMatch.refuses(opening + $0.text) }
      var row: JSONValue = [
        "opening": .string(opening),
        "refused": .interval(Interval.wilson(successes: refused, of: said.count)),
        "continuations": .array(
          zip(call.prompts, said).prefix(shown).map {
            ["prompt": .string($0), "text": .string($1.text)]
          }),
      ]
      if !opening.isEmpty {
        let bare = try call.bare(suspect)
        let sums = try generator.logProbability(
          of: bare.map { Tokenizer.continuation(opening, after: $0) }, given: bare)
        let length = Double(max(1, suspect.tokenCount([opening])))
        let perToken = sums.reduce(0, +) / Double(max(1, sums.count)) / length
        tokens += suspect.tokenCount(bare) + bare.count * Int(length)
        row["logProbabilityPerToken"] = .rounded(perToken)
        if perToken > likeliest?.perToken ?? -.infinity { likeliest = (opening, perToken) }
      }
      rows.append(row)
    }
    let told = likeliest.map { "; the likeliest opening is “\($0.opening)”" } ?? ""
    return ToolResult(
      summary: "\(call.prompts.count) prompts with \(call.openings.count) openings\(told)"
        .replacing("\n", with: " "),
      result: ["openings": .array(rows)], tokens: tokens, weightReads: 0)
  }

  /// Prompts to the token, once for continuations and once for the openings' likelihood.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let call = try Call(arguments, suspect)
    let prompts = suspect.tokenCount(try call.bare(suspect))
    let openings = call.openings.reduce(0) { $0 + suspect.tokenCount([$1]) }
    let least = prompts * call.openings.count
    let most =
      2 * (least + call.prompts.count * openings)
      + call.prompts.count * call.openings.count * call.new
    return CostEstimate(passing: least, to: most, through: suspect)
  }

  private struct Call {
    var prompts: [String]
    var openings: [String]
    var system: String?
    var new: Int
    var form: ChatForm

    init(_ arguments: JSONValue, _ suspect: Suspect) throws {
      let values = try ToolArguments(arguments, tool: name, schema: schema)
      prompts = try values.texts("prompts", limit: 512)
      openings = try values.texts("openings", limit: 64)
      system = arguments["system"]?.string
      new = try values.integer("maxNewTokens", in: 1...512)
      form = try ChatForm(suspect)
    }

    /// The prompts without any opening.
    func bare(_ suspect: Suspect) throws -> [String] {
      try prompts.map { try form.prompt($0, system: system, prefill: "") }
    }
  }
}
