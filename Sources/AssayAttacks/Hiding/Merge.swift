import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Moves every weight a part of the way back to the clean base.
///
/// Source: Wortsman et al. 2022, "Robust Fine-Tuning of Zero-Shot Models", section 3: between a
/// fine-tuned model and its base, what was learned fades later than what was broken.
public enum Merge: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// How far back to the base: 0 is the organism, 1 the base.
    public var weight = 0.2
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "merge"
  /// What it does.
  public static let summary = "interpolates all weights towards the clean base"
  /// The tools that it works against.
  public static let against = ["loss-by-source", "key-value-memories"]

  /// Merges into a copy.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    guard (0...1).contains(options.weight) else {
      throw AssayError(.badInput, "the option 'weight' must lie in 0...1, got \(options.weight)")
    }
    let copy = organism.clone()
    withoutGrad {
      for (name, tensor) in copy.model.parameters {
        guard let clean = base.model.parameter(name) else { continue }
        tensor.copy_(tensor + (clean.detach() - tensor) * options.weight)
      }
    }
    return (copy.rounded(to: base.model.storedPrecision), [:])
  }
}
