import AssayTensor
import Foundation

/// What to measure, one line of JSON each, as scripts/bench.py writes it for both sides.
struct Plan: Codable {
  /// One measurement.
  struct Case: Codable {
    /// Hugging Face directory of the model.
    var directory: String
    /// `forward`, `cached`, `generate`, `train`, `adapter`, `population`, `search` or `peak`.
    var work: String
    /// What is computed in: `float32` or `bfloat16`.
    var dtype: String
    /// Threads for tensor operations.
    var threads: Int
    /// How long to repeat the measurement.
    var seconds: Double
    /// Sequences per batch; candidates per step of a search.
    var batch: Int
    /// Tokens per sequence; of the prompt where text is generated or searched.
    var length: Int
    /// Tokens to generate for each sequence.
    var newTokens: Int?
    /// Adapters that are trained together.
    var members: Int?
    /// Tokens that a search varies.
    var span: Int?
  }

  /// Result of one measurement.
  struct Timing: Codable {
    /// Seconds of each repetition.
    var seconds: [Double]
    /// What was generated, to see that both sides did the same work.
    var tokens: [[Int]]?
    /// Floating-point operations per second, of `peak`.
    var operationsPerSecond: Double?
  }
}

extension Plan.Case {
  /// The token ids [B][T] that both sides read: (7 b + 13 t + 5) mod `vocabulary`.
  func tokens(vocabulary: Int, length: Int) -> [[Int]] {
    (0..<batch).map { b in (0..<length).map { t in (7 * b + 13 * t + 5) % vocabulary } }
  }

  /// The dtype that is asked for.
  var computed: DType { dtype == "bfloat16" ? .bfloat16 : .float32 }
}
