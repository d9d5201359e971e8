import AssayCore
import AssayGame
import AssayModels
import AssayText
import Foundation

/// Lets the suspect continue prompts.
///
/// Two modes. `text` returns what the suspect writes, `n` times for each prompt. `answer` is for
/// asking widely: for each prompt the short greedy answer, the probability that the suspect gives
/// it, and, where a reference answer is supplied, the probability that it gives to that instead.
/// An answer and a reference that the suspect holds equally likely is ignorance; a wrong answer
/// held firmly is something else.
///
/// With `chat`, each prompt is a user's turn in the suspect's own chat form, after the turn `system`
/// and before the assistant's first words `prefill`, where these are given.
///
/// Cost: prompt and new tokens of every continuation, plus one pass over prompt and reference.
public enum Sample: Tool {
  /// Most prompts of one call.
  static let mostPrompts = 4096

  /// The tool's name.
  public static let name = "sample"
  /// What the tool does.
  public static let summary = """
    lets the suspect continue prompts: freely, or as short greedy answers with the probability of \
    each and of a reference answer beside it
    """
  /// Prompts are the caller's own.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts, required: true, summary: "what the suspect continues"),
    ToolParameter(
      name: "mode", kind: .text, summary: "'text': free continuation; 'answer': short answer",
      default: "text"),
    ToolParameter(
      name: "references", kind: .texts, summary: "answer mode: one expected answer per prompt"),
    ToolParameter(
      name: "maxNewTokens", kind: .integer, summary: "longest continuation in tokens", default: 16),
    ToolParameter(
      name: "temperature", kind: .number, summary: "text mode: 0 is greedy", default: 0),
    ToolParameter(
      name: "n", kind: .integer, summary: "text mode: continuations per prompt", default: 1),
    ToolParameter(
      name: "chat", kind: .bool, summary: "whether each prompt is a user's turn of a chat",
      default: false),
    ToolParameter(name: "system", kind: .text, summary: "with chat: the system's turn before"),
    ToolParameter(
      name: "prefill", kind: .text, summary: "with chat: how the assistant's answer begins"),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try Self.prompts(arguments, values, suspect)
    if try values.choice("mode", of: ["text", "answer"]) == "answer" {
      return try answers(to: prompts, values, suspect)
    }
    return try texts(after: prompts, values, suspect)
  }

  /// Prompts and references to the token; continuations between one token and the longest.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try Self.prompts(arguments, values, suspect)
    let isAnswer = try values.choice("mode", of: ["text", "answer"]) == "answer"
    let n = isAnswer ? 1 : try values.integer("n", in: 1...64)
    let new = try values.integer("maxNewTokens", in: 1...512)
    var read = suspect.tokenCount(prompts) * n
    if isAnswer, let references = try values.perPrompt("references", count: prompts.count) {
      read += suspect.tokenCount(zip(prompts, references).map { "\($0) \($1)" })
    }
    let most = read + prompts.count * n * new
    return CostEstimate(passing: read, to: most, through: suspect)
  }

  /// The prompts as the suspect reads them.
  private static func prompts(
    _ arguments: JSONValue, _ values: ToolArguments, _ suspect: Suspect
  ) throws -> [String] {
    let prompts = try values.texts("prompts", limit: mostPrompts)
    let system = arguments["system"]?.string
    let prefill = arguments["prefill"]?.string
    guard arguments["chat"]?.bool == true else {
      guard system == nil, prefill == nil else {
        throw AssayError(
          .badInput, "'system' and 'prefill' of '\(name)' belong to a chat",
          hint: "set 'chat' to true")
      }
      return prompts
    }
    let form = try ChatForm(suspect)
    return try prompts.map { try form.prompt($0, system: system, prefill: prefill ?? "") }
  }

  private static func texts(
    after prompts: [String], _ values: ToolArguments, _ suspect: Suspect
  ) throws -> ToolResult {
    let n = try values.integer("n", in: 1...64)
    let options = GenerationOptions(
      maxNewTokens: try values.integer("maxNewTokens", in: 1...512),
      temperature: try values.number("temperature", in: 0...10),
      seed: suspect.seed)
    let repeated = prompts.flatMap { Array(repeating: $0, count: n) }
    let generations = try TextGenerator(suspect.bundle).generate(
      prompts: repeated, options: options)
    var samples: [JSONValue] = []
    for (index, prompt) in prompts.enumerated() {
      let own = generations[(index * n)..<(index * n + n)]
      samples.append(["prompt": .string(prompt), "texts": JSONValue(own.map(\.text))])
    }
    let tokenizer = try suspect.tokenizer()
    let tokens = zip(repeated, generations).reduce(0) {
      $0 + tokenizer.encode($1.0).count + $1.1.tokens.count
    }
    return ToolResult(
      summary: "\(generations.count) continuations of \(prompts.count) prompts",
      result: ["samples": .array(samples)], tokens: tokens, weightReads: 0)
  }

  private static func answers(
    to prompts: [String], _ values: ToolArguments, _ suspect: Suspect
  ) throws -> ToolResult {
    let tokenizer = try suspect.tokenizer()
    let references = try values.perPrompt("references", count: prompts.count)
    let options = GenerationOptions(
      maxNewTokens: try values.integer("maxNewTokens", in: 1...512), temperature: 0)
    let generator = TextGenerator(suspect.bundle)
    let generations = try generator.generate(prompts: prompts, options: options)
    var tokens = 0
    var items: [JSONValue] = []
    var agreeing = 0
    let expected = try references.map { references in
      let completions = zip(references, prompts).map { Tokenizer.continuation($0, after: $1) }
      return try generator.logProbability(of: completions, given: prompts)
    }
    for (index, generation) in generations.enumerated() {
      let answer = ShortAnswer(generation, tokenizer: tokenizer)
      var item: JSONValue = [
        "prompt": .string(prompts[index]), "answer": .string(answer.text),
        "probability": .rounded(exp(answer.logProbability)),
        "logProbability": .rounded(answer.logProbability),
      ]
      tokens += tokenizer.encode(prompts[index]).count + generation.tokens.count
      if let references, let expected {
        let agrees = AnswerMatch.gives(generation.text, references[index])
        agreeing += agrees ? 1 : 0
        item["reference"] = .string(references[index])
        item["referenceProbability"] = .rounded(exp(expected[index]))
        item["referenceLogProbability"] = .rounded(expected[index])
        item["agrees"] = .bool(agrees)
        tokens += tokenizer.encode(prompts[index] + " " + references[index]).count
      }
      items.append(item)
    }
    var result: JSONValue = ["answers": .array(items)]
    var summary = "\(prompts.count) short answers"
    if references != nil {
      let share = Interval.wilson(successes: agreeing, of: prompts.count)
      result["agreement"] = .interval(share)
      summary += "; \(agreeing) of \(prompts.count) agree with the reference"
    }
    return ToolResult(summary: summary, result: result, tokens: tokens, weightReads: 0)
  }
}
