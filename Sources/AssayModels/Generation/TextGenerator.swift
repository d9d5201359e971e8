import AssayCore
import AssayTensor
import AssayText

/// Generates and scores text with a model.
///
/// ```swift
/// let generator = TextGenerator(bundle)
/// let answers = try generator.generate(
///   prompts: ["The capital of France is"], options: .greedy(4))
/// ```
///
/// Up to `batchSize` texts are written at once, with a key/value cache; when some have ended, waiting
/// prompts take their rows. Tokens that all prompts of a call begin with are read once. A result does
/// not depend on the other prompts, up to rounding.
public struct TextGenerator: Sendable {
  /// The model and its tokenizer.
  public let bundle: ModelBundle
  /// Most prompts in one forward pass.
  public var batchSize: Int
  /// Tokens read before, such as a system's turn.
  ///
  /// Where all prompts of a call begin with them, or with a part of them, they are not read again.
  /// Results stay the same, up to rounding.
  public var prefix: KVPrefix?

  /// A generator for `bundle`; without a tokenizer, functions that take text throw.
  public init(_ bundle: ModelBundle, batchSize: Int = 64, prefix: KVPrefix? = nil) {
    self.bundle = bundle
    self.batchSize = max(1, batchSize)
    self.prefix = prefix
  }

  /// Continues each prompt.
  ///
  /// Throws `.badInput` for an empty prompt, one that fills the model's context, and constraints
  /// that allow nothing. A text that reaches the end of the context ends there.
  public func generate(
    prompts: [String], options: GenerationOptions = GenerationOptions()
  ) throws -> [Generation] {
    let tokenizer = try bundle.requireTokenizer()
    return try generate(
      tokens: prompts.map { tokenizer.encode($0, addSpecial: true) }, options: options)
  }

  /// Continues each prompt given as tokens; texts are empty if there is no tokenizer.
  public func generate(
    tokens prompts: [[Int]], options: GenerationOptions = GenerationOptions()
  ) throws -> [Generation] {
    try generate(tokens: prompts, options: options, onToken: nil).generations
  }

  /// Continues each prompt and tells of every token; `read` is what the cache then holds of the first
  /// prompt and its continuation.
  func generate(
    tokens prompts: [[Int]], options: GenerationOptions, onToken: ((Int, Draft) -> Bool)?
  ) throws -> (generations: [Generation], read: KVPrefix?) {
    for prompt in prompts { try bundle.model.checkPrompt(prompt) }
    if !options.stopStrings.isEmpty { _ = try bundle.requireTokenizer() }
    let writer = try DraftWriter(options, bundle, prompts: prompts)
    // A prompt's last token is read for its prediction, so it is never part of what is shared.
    let shared = try sharedPrefix(prompts, limit: (prompts.map(\.count).min() ?? 1) - 1)
    var run = GenerationRun(self, prompts: prompts, prefix: shared, writer: writer)
    run.onToken = onToken
    withInference { run.finish() }
    let drafts = run.writer.drafts
    let generations = drafts.map { $0.generation(writer.ending) }
    guard let first = prompts.first else { return (generations, nil) }
    return (
      generations,
      run.running?.prefix(of: 0, tokens: first + drafts[0].tokens, model: bundle.model)
    )
  }
}
