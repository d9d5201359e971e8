import AssayModels

/// Greedy generation.
enum Writing {
  static func generate(_ work: Plan.Case, _ bundle: ModelBundle) throws -> Plan.Timing {
    let prompts = work.tokens(
      vocabulary: bundle.model.configuration.vocabularySize, length: work.length)
    let options = GenerationOptions(maxNewTokens: work.newTokens ?? 64, stop: [])
    let generator = TextGenerator(bundle)
    var tokens: [[Int]] = []
    let times = try Bench.repeated(work.seconds) {
      tokens = try generator.generate(tokens: prompts, options: options).map(\.tokens)
    }
    return Plan.Timing(seconds: times, tokens: tokens)
  }
}
