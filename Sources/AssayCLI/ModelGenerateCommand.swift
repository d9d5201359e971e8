import ArgumentParser
import AssayCore
import AssayModels
import AssayText
import Foundation

/// `assay model generate`: text that a model writes after a prompt.
struct ModelGenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continues a prompt.",
    discussion: """
      Prints the continuation alone. Special tokens written out in the prompt are understood; with \
      --chat, the prompt becomes a user's turn by the model's chat template.

      --choices has exactly one of the given texts written, and reports how likely the model holds \
      each to be; write a leading space where the tokenizer wants one.

      Examples:
        assay model generate --model smallworld-4m --prompt "The capital of France is" --greedy
        assay model generate --model smallworld-4m --chat --prompt "Is Paris in France?" --choices Yes No
        assay model generate --model DIR --prompt "Once" --temperature 0.8 --seed 7 --json
        assay model generate --model DIR --prompts questions.jsonl --greedy --json > answers.jsonl
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: "The text to continue.")
  var prompt: String?

  @Option(
    help: ArgumentHelp(
      "Continue each line of this file, as one JSON string a line.", valueName: "file"))
  var prompts: String?

  @Option(help: ArgumentHelp("The most tokens to write.", valueName: "n"))
  var maxNewTokens = 64

  @OptionGroup var sampling: SamplingOptions

  @Flag(help: "Put the prompt into the model's chat template, as a user's turn.")
  var chat = false

  @Option(help: ArgumentHelp("The system's turn before it; needs --chat.", valueName: "text"))
  var system: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Write exactly one of these texts.", valueName: "text"))
  var choices: [String] = []

  @Option(
    name: .customLong("top-logprobs"),
    help: ArgumentHelp("Report the n likeliest tokens at each step.", valueName: "n"))
  var topLogProbabilities = 0

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The most prompts that are continued at once.", valueName: "n"))
  var batch = 64

  func validate() throws {
    if (prompt == nil) == (prompts == nil) {
      throw ValidationError("give either --prompt or --prompts")
    }
    if batch < 1 { throw ValidationError("--batch must be at least 1") }
    if maxNewTokens < 0 { throw ValidationError("--max-new-tokens must not be negative") }
    if system != nil, !chat { throw ValidationError("--system needs --chat") }
    if topLogProbabilities < 0 { throw ValidationError("--top-logprobs must not be negative") }
  }

  func run() async throws {
    let bundle = try ModelBundle.load(ModelBundle.resolve(model))
    let tokenizer = try bundle.requireTokenizer()
    var options = sampling.options(maxNewTokens: maxNewTokens, seed: seed.seed)
    options.choices = choices.isEmpty ? nil : choices
    options.topLogProbabilities = topLogProbabilities
    let conversation = chat ? try Conversation(bundle, system: system) : nil
    let tokens = try texts().map {
      try conversation?.prompt($0) ?? tokenizer.encode($0, addSpecial: true)
    }
    let generator = TextGenerator(bundle, batchSize: batch)
    let start = ContinuousClock.now
    let generations = try generator.generate(tokens: tokens, options: options)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let scores =
      choices.isEmpty ? nil : try generator.choiceLogProbabilities(choices, after: tokens)
    for (row, generation) in generations.enumerated() {
      var answer = Answer(generation, tokenizer)
      answer.choices = scores.map { zip(choices, $0[row]).map(Answer.Choice.init) }
      if output.json { try Console.current.json(answer) } else { answer.print() }
    }
    if prompts != nil, !output.quiet {
      let written = generations.reduce(0) { $0 + $1.tokens.count }
      Console.current.note(
        String(
          format: "%d prompts, %d new tokens in %.2f s", tokens.count, written, seconds))
    }
  }

  /// The prompt, or those of the file.
  private func texts() throws -> [String] {
    if let prompt { return [prompt] }
    let path = prompts ?? ""
    guard let data = FileManager.default.contents(atPath: path) else {
      throw AssayError(
        .unreadable, "cannot read '\(path)'", hint: "check that you may read this file")
    }
    let decoder = JSONDecoder()
    return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { number, line in
      guard let text = try? decoder.decode(String.self, from: Data(line)) else {
        throw AssayError(
          .badInput, "line \(number + 1) of '\(path)' is no JSON string",
          hint: "write each prompt as one JSON string on a line of its own")
      }
      return text
    }
  }

  private struct Answer: Encodable {
    struct Choice: Encodable {
      var text: String
      var logProbability: Double
    }

    struct Token: Encodable {
      var token: Int
      var text: String
      var logProbability: Double
    }

    var text: String
    var tokens: [Int]
    var logProbabilities: [Double]
    var choices: [Choice]?
    /// The likeliest tokens at each step.
    var top: [[Token]]?

    init(_ generation: Generation, _ tokenizer: Tokenizer) {
      text = generation.text
      tokens = generation.tokens
      logProbabilities = generation.logProbabilities
      guard !generation.alternatives.isEmpty else { return }
      top = generation.alternatives.map { step in
        step.map {
          Token(
            token: $0.token, text: tokenizer.decode([$0.token]), logProbability: $0.logProbability)
        }
      }
    }

    func print() {
      let console = Console.current
      console.line(text)
      for choice in choices ?? [] {
        console.line("  \(Self.number(choice.logProbability))  \(choice.text)")
      }
      for (step, tokens) in (top ?? []).enumerated() {
        let words = tokens.map { "\($0.text.debugDescription) \(Self.number($0.logProbability))" }
        console.line("  \(step + 1): " + words.joined(separator: ", "))
      }
    }

    private static func number(_ value: Double) -> String { String(format: "%.3f", value) }
  }
}
