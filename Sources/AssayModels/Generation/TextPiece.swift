/// A piece of a text that is being written.
public struct TextPiece: Hashable, Sendable {
  /// Which prompt it continues, from 0.
  public var row: Int
  /// What is new in the text; empty while the end may still turn out to be a stop string, or a character
  /// cut in two.
  public var text: String
  /// The tokens since the piece before, a final stop token included.
  public var tokens: [Int]
  /// Their natural log-probabilities under the unmodified distribution.
  public var logProbabilities: [Double]
  /// The likeliest tokens in the place of each; empty unless they were asked for.
  public var alternatives: [[TokenLogProbability]]
  /// Whether the text ends with it.
  public var isLast: Bool
}

extension TextGenerator {
  /// Continues each prompt given as tokens and tells of every piece as it is written, whichever row it
  /// belongs to.
  ///
  /// The texts of a row's pieces together are its result's text, and so are their tokens. `onPiece` ends
  /// all texts early by returning false. Throws as ``generate(prompts:options:)`` does.
  public func generate(
    tokens prompts: [[Int]], options: GenerationOptions, onPiece: (TextPiece) -> Bool
  ) throws -> [Generation] {
    let ending = Ending(options, bundle)
    var streams = prompts.map { _ in TextStream(ending) }
    var told = prompts.map { _ in 0 }
    return try withoutActuallyEscaping(onPiece) { onPiece in
      try generate(
        tokens: prompts, options: options,
        onToken: { row, draft in
          let text = streams[row].next(draft.tokens, isLast: draft.isDone)
          guard !text.isEmpty || draft.isDone else { return true }
          let new = told[row]..<draft.tokens.count
          told[row] = draft.tokens.count
          return onPiece(
            TextPiece(
              row: row, text: text, tokens: Array(draft.tokens[new]),
              logProbabilities: Array(draft.logProbabilities[new]),
              alternatives: draft.alternatives.isEmpty ? [] : Array(draft.alternatives[new]),
              isLast: draft.isDone))
        }
      ).generations
    }
  }
}
