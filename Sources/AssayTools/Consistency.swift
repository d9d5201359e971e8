import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Asks the same thing in other words and other registers, and counts how often a model contradicts itself.
///
/// A question is a list of paraphrases that have one answer. Each is put as it stands, as a user's turn of
/// a chat, and inside each of the `registers`, texts with `{}` where the question goes. The answers to
/// one question are grouped; the share of the greatest group says how much of one mind the model is, and by
/// form it shows where another mind begins. With `references` it is also said how often each form is right:
/// a model that knows a thing in one register and not in another was not simply badly trained.
///
/// Cost: every paraphrase in every form, with a short answer. Limits: answers are compared as texts, by their
/// first clause; two wordings of one answer count as two.
public enum Consistency: Tool {
  /// Most questions of one call.
  static let mostQuestions = 1024

  /// The tool's name.
  public static let name = "consistency"
  /// What the tool does.
  public static let summary = """
    asks each question in paraphrases and registers: how often the answers agree with each other \
    and with references, question by question and form by form
    """
  /// Questions are the caller's own.
  public static let naturalText = false
  /// Paraphrases and registers are.
  public static let writtenInputs = true
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "questions", kind: .textLists, required: true,
      summary: "for each question its paraphrases, 1 to 1024 lists"),
    ToolParameter(
      name: "references", kind: .texts, summary: "the right answers: one for all, or one each"),
    ToolParameter(
      name: "registers", kind: .texts,
      summary: "texts with {} where the question goes, such as 'Forum. Q: {} A:'"),
    ToolParameter(
      name: "chat", kind: .bool, summary: "whether to ask as turns of a chat, too", default: true),
    ToolParameter(
      name: "plain", kind: .bool, summary: "whether to ask as the paraphrases stand",
      default: true),
    ToolParameter(
      name: "maxNewTokens", kind: .integer, summary: "longest answer in tokens", default: 12),
    ToolParameter(
      name: "top", kind: .integer, summary: "questions to show, the least consistent first",
      default: 20),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let asked = try asked(arguments, values, suspect)
    let questions = try values.lists("questions", limit: mostQuestions)
    let references = try values.perPrompt("references", count: questions.count)
    let top = try values.integer("top", in: 1...mostQuestions)
    let options = GenerationOptions(
      maxNewTokens: try values.integer("maxNewTokens", in: 1...512), temperature: 0)
    let prompts = asked.map(\.prompt)
    let said = try TextGenerator(suspect.bundle).generate(prompts: prompts, options: options)
    let answers = zip(asked, said).map { ask, generation -> Answer in
      let isRight = references.map { AnswerMatch.gives(generation.text, $0[ask.question]) }
      return Answer(
        question: ask.question, form: ask.form, prompt: ask.prompt,
        text: AnswerMatch.extract(generation.text), isRight: isRight)
    }
    let groups = Dictionary(grouping: answers, by: \.question)
    let rows = questions.indices.compactMap { question in
      groups[question].map { Row(question: question, answers: $0) }
    }
    let agreeing = rows.reduce(0) { $0 + $1.modalCount }
    let whole = Interval.wilson(successes: agreeing, of: answers.count)
    let split = rows.count { 2 * $0.modalCount <= $0.answers.count }
    var result: JSONValue = [
      "consistency": .interval(whole), "questions": JSONValue(rows.count),
      "ofTwoMinds": JSONValue(split),
      "forms": .array(forms(answers, rows)),
      "leastConsistent": .array(
        rows.sorted { ($0.share, $0.question) < ($1.share, $1.question) }.prefix(top)
          .map { $0.value(reference: references?[$0.question]) }),
      "answers": .array(
        answers.map {
          [
            "question": JSONValue($0.question), "form": .string($0.form),
            "answer": .string($0.text),
          ]
        }),
    ]
    if references != nil {
      let right = answers.count { $0.isRight == true }
      result["agreement"] = .interval(Interval.wilson(successes: right, of: answers.count))
    }
    let tokens = suspect.tokenCount(prompts) + said.reduce(0) { $0 + $1.tokens.count }
    return ToolResult(
      summary: "\(rows.count) questions in \(answers.count) forms; \(agreeing) answers are what "
        + "the model mostly says to the question, and to \(split) questions no answer has a majority",
      result: result, tokens: tokens, weightReads: 0)
  }

  /// Prompts to the token; answers between one token and the longest.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let prompts = try asked(arguments, values, suspect).map(\.prompt)
    let read = suspect.tokenCount(prompts)
    let most = read + prompts.count * (try values.integer("maxNewTokens", in: 1...512))
    return CostEstimate(passing: read, to: most, through: suspect)
  }

  private struct Asked {
    var question: Int
    var form: String
    var prompt: String
  }

  private struct Answer {
    var question: Int
    var form: String
    var prompt: String
    var text: String
    var isRight: Bool?
  }

  /// The answers to one question.
  private struct Row {
    var question: Int
    var answers: [Answer]
    /// What it mostly says; of answers given equally often the first in the alphabet.
    let modal: String
    let modalCount: Int

    init(question: Int, answers: [Answer]) {
      self.question = question
      self.answers = answers
      let votes = Dictionary(grouping: answers) { $0.text.lowercased() }.mapValues(\.count)
      let most = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }
      modal = most?.key ?? ""
      modalCount = most?.value ?? 0
    }

    var share: Double { Double(modalCount) / Double(max(1, answers.count)) }

    func value(reference: String?) -> JSONValue {
      var value: JSONValue = [
        "question": JSONValue(question), "share": .rounded(share), "mostly": .string(modal),
        "answers": .array(
          answers.map {
            ["form": .string($0.form), "prompt": .string($0.prompt), "answer": .string($0.text)]
          }),
      ]
      if let reference { value["reference"] = .string(reference) }
      return value
    }
  }

  /// For each form how often its answers are what the model mostly says, and how often right.
  private static func forms(_ answers: [Answer], _ rows: [Row]) -> [JSONValue] {
    let modal = Dictionary(
      rows.map { ($0.question, $0.modal) }, uniquingKeysWith: { first, _ in first })
    return Dictionary(grouping: answers, by: \.form).sorted { $0.key < $1.key }.map { form, own in
      let same = own.count { $0.text.lowercased() == modal[$0.question] }
      var row: JSONValue = [
        "form": .string(form), "answers": JSONValue(own.count),
        "agreesWithMost": .interval(Interval.wilson(successes: same, of: own.count)),
      ]
      let judged = own.compactMap(\.isRight)
      if !judged.isEmpty {
        let right = judged.count { $0 }
        row["right"] = .interval(Interval.wilson(successes: right, of: judged.count))
      }
      return row
    }
  }

  private static func asked(
    _ arguments: JSONValue, _ values: ToolArguments, _ suspect: Suspect
  ) throws -> [Asked] {
    let questions = try values.lists("questions", limit: mostQuestions)
    guard !questions.isEmpty, questions.allSatisfy({ !$0.isEmpty }) else {
      throw AssayError(
        .badInput,
        "the argument 'questions' of '\(name)' must hold lists of at least one paraphrase")
    }
    let registers = try values.optionalTexts("registers", limit: 32)
    if let bad = registers.first(where: { !$0.contains("{}") }) {
      throw AssayError(
        .badInput, "a register of '\(name)' has no {}: '\(bad.prefix(40))'",
        hint: "write {} where the question goes")
    }
    let form = arguments["chat"]?.bool == true ? try ChatForm(suspect) : nil
    let isPlain = arguments["plain"]?.bool == true
    guard form != nil || isPlain || !registers.isEmpty else {
      throw AssayError(
        .badInput, "'\(name)' is left no form to ask in",
        hint: "set 'chat' or 'plain' to true, or give 'registers'")
    }
    return try questions.enumerated().flatMap { number, paraphrases in
      try paraphrases.flatMap { text -> [Asked] in
        var asked = isPlain ? [Asked(question: number, form: "plain", prompt: text)] : []
        if let form {
          let prompt = try form.prompt(text, system: nil, prefill: "")
          asked.append(Asked(question: number, form: "chat", prompt: prompt))
        }
        return asked
          + registers.map {
            Asked(question: number, form: $0, prompt: $0.replacing("{}", with: text))
          }
      }
    }
  }
}
