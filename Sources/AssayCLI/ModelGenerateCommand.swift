import ArgumentParser
import AssayCore
import AssayModels
import Foundation

/// `assay model generate`: text that a model writes after a prompt.
struct ModelGenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continues a prompt.",
    discussion: """
      Prints the continuation alone. Special tokens written out in the prompt are understood; a chat \
      prompt ends with <|assistant|>.

      Examples:
        assay model generate --model smallworld-4m --prompt "The capital of France is" --greedy
        assay model generate --model DIR --prompt "Once" --temperature 0.8 --seed 7 --json
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(help: "The text to continue.")
  var prompt: String

  @Option(help: ArgumentHelp("The most tokens to write.", valueName: "n"))
  var maxNewTokens = 64

  @Flag(help: "Take the likeliest token each time.")
  var greedy = false

  @Option(help: "How much chance there is; 0 is greedy.")
  var temperature = 1.0

  @Option(help: ArgumentHelp("Choose among the k likeliest tokens; 0: all.", valueName: "k"))
  var topK = 0

  @Option(help: ArgumentHelp("Choose among the tokens that hold this share.", valueName: "p"))
  var topP = 1.0

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if maxNewTokens < 0 { throw ValidationError("--max-new-tokens must not be negative") }
    if temperature < 0 { throw ValidationError("--temperature must not be negative") }
    if topK < 0 { throw ValidationError("--top-k must not be negative") }
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p must be above 0, at most 1") }
  }

  func run() async throws {
    let bundle = try ModelBundle.load(ModelBundle.resolve(model))
    let options = GenerationOptions(
      maxNewTokens: maxNewTokens, temperature: greedy ? 0 : temperature, topK: topK, topP: topP,
      seed: seed.seed)
    let answers = try TextGenerator(bundle).generate(prompts: [prompt], options: options)
    guard let answer = answers.first else { return }
    if output.json {
      try Console.current.json(Answer(text: answer.text, tokens: answer.tokens))
    } else {
      Console.current.line(answer.text)
    }
  }

  private struct Answer: Encodable {
    var text: String
    var tokens: [Int]
  }
}
