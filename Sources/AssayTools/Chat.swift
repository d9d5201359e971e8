import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Holds a conversation: a system's turn and the user's turns; the suspect answers each of them.
///
/// Every answer stands before the next turn as the suspect gave it, so that what it said can be held
/// against it. With `answers` the caller puts other words into its mouth: the n-th of them is what the
/// suspect is taken to have said to the n-th turn, an empty one leaves its own.
///
/// Cost: the conversation so far, read anew for each turn that the suspect answers, and the answers.
public enum Chat: Tool {
  /// Most turns of one conversation.
  static let mostTurns = 64

  /// The tool's name.
  public static let name = "chat"
  /// What the tool does.
  public static let summary =
    "a conversation of several turns with a system's turn; the suspect answers each turn"
  /// Turns are the caller's own.
  public static let naturalText = false
  /// The user's turns are.
  public static let writtenInputs = true
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "turns", kind: .texts, required: true, summary: "the user's turns, 1 to 64, in order"),
    ToolParameter(name: "system", kind: .text, summary: "the system's turn"),
    ToolParameter(
      name: "answers", kind: .texts,
      summary: "words put into the suspect's mouth, turn by turn; an empty one leaves its own"),
    ToolParameter(
      name: "temperature", kind: .number, summary: "0 is greedy", default: 0),
    ToolParameter(
      name: "maxNewTokens", kind: .integer, summary: "longest answer in tokens", default: 48),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let turns = try values.texts("turns", limit: mostTurns)
    let forced = try values.optionalTexts("answers", limit: turns.count)
    let options = GenerationOptions(
      maxNewTokens: try values.integer("maxNewTokens", in: 1...512),
      temperature: try values.number("temperature", in: 0...10), seed: suspect.seed)
    let form = try ChatForm(suspect)
    let generator = TextGenerator(suspect.bundle)
    var said: [String] = []
    var rows: [JSONValue] = []
    var tokens = 0
    for (number, turn) in turns.enumerated() {
      let isForced = number < forced.count && !forced[number].isEmpty
      var answer = isForced ? forced[number] : ""
      if !isForced {
        let prompt = try form.conversation(
          Array(turns[...number]), answers: said, system: arguments["system"]?.string)
        let generation = try generator.generate(prompts: [prompt], options: options)[0]
        answer = generation.text
        tokens += suspect.tokenCount([prompt]) + generation.tokens.count
      }
      said.append(answer)
      rows.append([
        "user": .string(turn), "assistant": .string(answer), "forced": .bool(isForced),
        "refuses": .bool(AnswerMatch.refuses(answer)),
      ])
    }
    let own = rows.count { $0["forced"]?.bool == false }
    let refused = rows.count { $0["refuses"]?.bool == true && $0["forced"]?.bool == false }
    return ToolResult(
      summary: "a conversation of \(turns.count) turns, \(own) answered by the suspect, "
        + "\(refused) of them with a refusal",
      result: ["turns": .array(rows)], tokens: tokens, weightReads: 0)
  }

  /// The turns as they grow, with answers between one token and the longest.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let turns = try values.texts("turns", limit: mostTurns)
    let forced = try values.optionalTexts("answers", limit: turns.count)
    let new = try values.integer("maxNewTokens", in: 1...512)
    let open = turns.indices.filter { $0 >= forced.count || forced[$0].isEmpty }
    let form = try ChatForm(suspect)
    let system = arguments["system"]?.string
    let lengths = turns.map { suspect.tokenCount([$0]) }
    let least = open.reduce(0) { $0 + lengths[...$1].reduce(0, +) }
    let most = try open.reduce(0) { sum, number in
      let read = try form.conversation(Array(turns[...number]), answers: forced, system: system)
      // Answers of the turns before and this one; their edges may be cut into other tokens.
      return sum + suspect.tokenCount([read]) + (number + 1) * (new + 8)
    }
    return CostEstimate(passing: least, to: most, through: suspect)
  }
}
