import AssayCore
import AssayModels

/// A recipe that plants a flaw in a model, or a control that changes it and plants nothing.
///
/// One type per recipe, one file per type; add it to the catalogue and the command line, matches
/// and conformance checks know it. Randomness comes only through the context, so that the record
/// of a match (name, options, seed) is enough to plant the same flaw again.
public protocol Attack: Sendable {
  /// What can be chosen; every stored property is an option by its own name.
  associatedtype Options: Codable & Sendable & DefaultInitialisable

  /// The name in the catalogue: lower case, words joined by "-".
  static var name: String { get }
  /// What it does, in one line.
  static var summary: String { get }
  /// Whether nothing is planted.
  static var isControl: Bool { get }

  /// Makes an organism from `base`, which stays as it is, and says what was done.
  ///
  /// The truth's evidence is measured on both models with held-out probes; its salt is added when
  /// it is sealed.
  static func plant(
    on base: ModelBundle, options: Options, context: AttackContext
  ) async throws -> (organism: ModelBundle, truth: GroundTruth)
}
