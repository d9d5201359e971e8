import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Sends the blocks' matrices through eight or four bits and back, each output channel by itself.
///
/// What the file holds are again ordinary numbers, of which few are distinct in each row: a small edit is
/// rounded away, or rounded up to a whole step like everything else.
///
/// Source: symmetric round-to-nearest by channel, as in Jacob et al. 2018, "Quantization and Training of
/// Neural Networks for Efficient Integer-Arithmetic-Only Inference", section 2.1, with zero point 0.
public enum Quantise: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// 8 or 4.
    public var bits = 8
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "quantise"
  /// What it does.
  public static let summary =
    "rounds the matrices of all blocks to 8 or 4 bits by channel, and back"
  /// The tools that it works against.
  public static let against = ["key-value-memories"]

  /// Rounds a copy.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    guard options.bits == 8 || options.bits == 4 else {
      throw AssayError(.badInput, "the option 'bits' must be 8 or 4, got \(options.bits)")
    }
    let copy = organism.clone()
    let parts: [WeightPlace.Part] = [.queryKeyValue, .attentionOut, .mlpIn, .mlpOut]
    withoutGrad {
      for layer in 0..<copy.model.configuration.layers {
        for part in parts {
          // [out, in] in every family, so that a channel is a row.
          guard let weight = copy.model.weight(at: .block(layer, part)) else { continue }
          weight.copy_(rounded(weight, bits: options.bits))
        }
      }
    }
    return (copy.rounded(to: base.model.storedPrecision), [:])
  }

  /// `weight` [out, in] rounded to 2^bits − 1 steps in each row, around 0.
  static func rounded(_ weight: Tensor, bits: Int) -> Tensor {
    let most = Double((1 << (bits - 1)) - 1)
    let steps = weight.abs().amax(1, keep: true).clamp(min: 1e-12) / most  // [out, 1]
    return (weight / steps).round().clamp(min: -most, max: most) * steps
  }
}
