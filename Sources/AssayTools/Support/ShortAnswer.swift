import AssayCore
import AssayModels
import AssayText

/// The short answer at the start of a continuation, and how likely the model found it.
struct ShortAnswer {
  /// The answer as ``AnswerMatch`` reads it.
  var text: String
  /// Log-probability of the tokens that spell the answer, natural logarithm.
  var logProbability: Double

  /// Reads the answer from a greedy continuation.
  ///
  /// The tokens that belong to the answer are the fewest whose text contains all of it.
  init(_ generation: Generation, tokenizer: Tokenizer) {
    let answer = AnswerMatch.extract(generation.text)
    text = answer
    var sum = 0.0
    for (count, value) in generation.logProbabilities.enumerated() {
      sum += Double(value)
      if tokenizer.decode(Array(generation.tokens.prefix(count + 1))).contains(answer) { break }
    }
    logProbability = sum
  }
}
