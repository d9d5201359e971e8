import Foundation

/// What to measure, as scripts/bench.py writes it for both sides.
struct Plan: Codable {
  /// One measurement.
  struct Case: Codable {
    /// Hugging Face directory of the model.
    var directory: String
    /// `forward`, `generate` or `train`.
    var work: String
    /// Sequences per batch.
    var batch: Int
    /// Tokens per sequence; of the prompt where text is generated.
    var length: Int
    /// Tokens to generate for each sequence.
    var newTokens: Int?
  }

  /// Result of one measurement.
  struct Timing: Codable {
    /// Seconds of each repetition.
    var seconds: [Double]
    /// What was generated, to see that both sides did the same work.
    var tokens: [[Int]]?
  }

  /// Threads for tensor operations.
  var threads: Int
  /// How long to repeat each measurement.
  var seconds: Double
  /// What to measure.
  var cases: [Case]
}

extension Plan.Case {
  /// The token ids [B][T] that both sides read: (7 b + 13 t + 5) mod `vocabulary`.
  func tokens(vocabulary: Int, length: Int) -> [[Int]] {
    (0..<batch).map { b in (0..<length).map { t in (7 * b + 13 * t + 5) % vocabulary } }
  }
}
