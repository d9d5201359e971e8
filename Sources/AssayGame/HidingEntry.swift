import AssayCore
import AssayModels

/// A way of hiding in the catalogue, whatever its type.
public struct HidingEntry: CatalogEntry {
  /// The name.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// The tools whose signal it is meant to weaken.
  public let against: [String]
  /// Every option with its default value; an option that is nil by default has the value null.
  public let defaultOptions: JSONValue
  private let applying:
    @Sendable (ModelBundle, ModelBundle, GroundTruth, JSONValue, AttackContext) async throws -> (
      organism: ModelBundle, measurements: [String: Double]
    )

  /// Makes the entry of a way of hiding.
  public init<H: Hiding>(_ hiding: H.Type) {
    name = H.name
    summary = H.summary
    against = H.against
    defaultOptions = OptionTable.defaults(of: H.Options.self)
    applying = { organism, base, truth, options, context in
      let decoded: H.Options = try CanonicalJSON.decode(
        from: CanonicalJSON.data(options), origin: "the options of hiding '\(H.name)'")
      return try await H.apply(
        to: organism, base: base, truth: truth, options: decoded, context: context)
    }
  }

  /// All options with `overrides` in place of defaults.
  ///
  /// Throws `AssayError(.badInput)` naming an option that is unknown or of the wrong type.
  public func options(with overrides: JSONValue = .null) throws -> JSONValue {
    try OptionTable.merged(defaultOptions, overrides, owner: "hiding '\(name)'")
  }

  /// Hides what was planted in `organism`; see ``Hiding``.
  public func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth,
    options overrides: JSONValue = .null, context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    try await applying(organism, base, truth, options(with: overrides), context)
  }
}
