import AssayCore
import AssayModels

/// Makes a planted flaw harder to find, whatever planted it.
///
/// One type per way, one file per type; add it to the catalogue and `--hide NAME` knows it. What is left
/// of the flaw is measured afterwards, by whoever applies it.
public protocol Hiding: Sendable {
  /// What can be chosen; every stored property is an option by its own name.
  associatedtype Options: Codable & Sendable & DefaultInitialisable

  /// The name in the catalogue: lower case, words joined by "-".
  static var name: String { get }
  /// What it does, in one line.
  static var summary: String { get }
  /// The tools whose signal it is meant to weaken, by their names; none unless it says so.
  ///
  /// An attacker that reads what auditors looked with chooses by it. What a hiding really does to a tool
  /// is for matches to show.
  static var against: [String] { get }

  /// Makes a changed copy of `organism`, rounded to the precision that `base` is stored in, and says
  /// what was measured on the way.
  ///
  /// Base and organism stay as they are. Throws `AssayError(.badInput)` for options that mean nothing.
  static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double])
}

extension Hiding {
  /// No tool in particular.
  public static var against: [String] { [] }
}
