import AssayCore
import AssayModels

/// An attack or control in the catalogue, whatever its type.
public struct AttackEntry: CatalogEntry {
  /// The name.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// Whether nothing is planted.
  public let isControl: Bool
  /// Every option with its default value; an option that is nil by default has the value null.
  public let defaultOptions: JSONValue
  private let accepts: @Sendable (JSONValue) -> Bool
  private let planting:
    @Sendable (ModelBundle, JSONValue, AttackContext) async throws -> (ModelBundle, GroundTruth)

  /// Makes the entry of an attack.
  public init<A: Attack>(_ attack: A.Type) {
    name = A.name
    summary = A.summary
    isControl = A.isControl
    defaultOptions = OptionTable.defaults(of: A.Options.self)
    accepts = { options in
      let decoded: A.Options? = try? CanonicalJSON.decode(
        from: CanonicalJSON.data(options), origin: "")
      return decoded != nil
    }
    planting = { base, options, context in
      let decoded: A.Options = try CanonicalJSON.decode(
        from: CanonicalJSON.data(options), origin: "the options of '\(A.name)'")
      return try await A.plant(on: base, options: decoded, context: context)
    }
  }

  /// All options with `overrides` in place of defaults.
  ///
  /// Throws `AssayError(.badInput)` naming an option that is unknown or of the wrong type.
  public func options(with overrides: JSONValue = .null) throws -> JSONValue {
    let merged = try OptionTable.merged(
      defaultOptions, overrides, owner: "attack '\(name)'")
    if accepts(merged) { return merged }
    // The decoder does not say which value it minds, so each is tried alone.
    for key in (overrides.object ?? [:]).keys.sorted() {
      var alone = defaultOptions
      alone[key] = merged[key]
      guard !accepts(alone) else { continue }
      let value = try CanonicalJSON.string(merged[key] ?? .null)
      throw AssayError(
        .badInput, "the option '\(key)' of attack '\(name)' cannot be \(value)",
        hint: "its default is \(try CanonicalJSON.string(defaultOptions[key] ?? .null))")
    }
    throw AssayError(.badInput, "the options of attack '\(name)' do not go together")
  }

  /// Makes an organism and its truth, which records all options that were used.
  public func plant(
    on base: ModelBundle, options overrides: JSONValue = .null, context: AttackContext
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
    let options = try options(with: overrides)
    var (organism, truth) = try await planting(base, options, context)
    truth.attack = name
    truth.options = options
    truth.seed = context.seed
    return (organism, truth)
  }
}
