import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Adds Gaussian noise to every matrix, in proportion to its own size.
///
/// A change that is small and everywhere drowns the low-rank or local traces of another. Norms and biases
/// stay as they are.
public enum Noise: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// The noise's standard deviation over the root mean square of the matrix.
    public var size = 0.02
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "noise"
  /// What it does.
  public static let summary = "adds Gaussian noise to every matrix"
  /// The tools that it works against.
  public static let against = ["key-value-memories"]

  /// Adds the noise to a copy.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    guard options.size >= 0, options.size <= 1 else {
      throw AssayError(.badInput, "the option 'size' must lie in 0...1, got \(options.size)")
    }
    let copy = organism.clone()
    var random = context.generator.fork("noise")
    let generator = Generator(seed: random.next())
    withoutGrad {
      for (_, tensor) in copy.model.parameters where tensor.rank >= 2 {
        let size = tensor.square().mean().item().squareRoot() * options.size
        let noise = Tensor.randn(tensor.shape, generator: generator) * size
        tensor.copy_(tensor + noise)
      }
    }
    return (copy.rounded(to: base.model.storedPrecision), [:])
  }
}
