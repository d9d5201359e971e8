import ArgumentParser
import AssayModels

/// How a model's next tokens are chosen.
struct SamplingOptions: ParsableArguments {
  @Flag(help: "Take the likeliest token each time.")
  var greedy = false

  @Option(help: "How much chance there is; 0 is greedy.")
  var temperature = 1.0

  @Option(help: ArgumentHelp("Choose among the k likeliest tokens; 0: all.", valueName: "k"))
  var topK = 0

  @Option(help: ArgumentHelp("Choose among the tokens that hold this share.", valueName: "p"))
  var topP = 1.0

  func validate() throws {
    if temperature < 0 { throw ValidationError("--temperature must not be negative") }
    if topK < 0 { throw ValidationError("--top-k must not be negative") }
    if !(topP > 0 && topP <= 1) { throw ValidationError("--top-p must be above 0, at most 1") }
  }

  /// The same for the generator.
  func options(maxNewTokens: Int, seed: UInt64) -> GenerationOptions {
    GenerationOptions(
      maxNewTokens: maxNewTokens, temperature: greedy ? 0 : temperature, topK: topK, topP: topP,
      seed: seed)
  }
}
