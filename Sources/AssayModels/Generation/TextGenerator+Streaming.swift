import AssayCore
import AssayTensor
import AssayText
import Foundation

extension TextGenerator {
  /// Continues one prompt and calls `onText` with each piece of the text as it is written.
  ///
  /// The pieces together are the result's text. `onText` ends the text early by returning false.
  /// Throws as ``generate(prompts:options:)`` does.
  @discardableResult
  public func generate(
    prompt: String, options: GenerationOptions = GenerationOptions(),
    onText: (String) -> Bool
  ) throws -> Generation {
    let tokenizer = try bundle.requireTokenizer()
    return try generate(
      tokens: tokenizer.encode(prompt, addSpecial: true), options: options, onText: onText
    ).generation
  }

  /// The text that continues one prompt, piece by piece as it is written.
  ///
  /// ```swift
  /// for try await piece in generator.stream("Once", options: .greedy(64)) { print(piece) }
  /// ```
  /// A stream that is no longer read ends the work. Throws as ``generate(prompts:options:)`` does.
  public func stream(
    _ prompt: String, options: GenerationOptions = GenerationOptions()
  ) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let ended = Locked(false)
      continuation.onTermination = { _ in ended.withLock { $0 = true } }
      // A thread of its own: passes take long and would hold up other tasks.
      Thread.detachNewThread {
        do {
          try generate(prompt: prompt, options: options) { piece in
            continuation.yield(piece)
            return !ended.withLock { $0 }
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }

  /// Continues one prompt given as tokens; `read` is what the cache then holds of both.
  func generate(
    tokens prompt: [Int], options: GenerationOptions, onText: (String) -> Bool
  ) throws -> (generation: Generation, read: KVPrefix?) {
    var stream = TextStream(Ending(options, bundle))
    let result = try withoutActuallyEscaping(onText) { onText in
      try generate(tokens: [prompt], options: options) { _, draft in
        let piece = stream.next(draft.tokens, isLast: draft.isDone)
        return piece.isEmpty || onText(piece)
      }
    }
    guard let generation = result.generations.first else {
      return (Generation(text: "", tokens: [], logProbabilities: []), nil)
    }
    return (generation, result.read)
  }
}
