import AssayCore

/// Options by name: their defaults, and overrides laid over them.
enum OptionTable {
  /// Every stored property of `Options` with its default; nil becomes null.
  static func defaults<Options: Codable & DefaultInitialisable>(of: Options.Type) -> JSONValue {
    let standard = Options()
    let encoded = (try? CanonicalJSON.value(standard))?.object ?? [:]
    // An optional that is nil is left out by the encoder, yet it is an option all the same.
    let named = Mirror(reflecting: standard).children.compactMap(\.label)
    let absent = named.filter { encoded[$0] == nil }.map { ($0, JSONValue.null) }
    return .object(encoded.merging(absent) { known, _ in known })
  }

  /// `defaults` with `overrides` in their place; `owner` is named in errors.
  static func merged(
    _ defaults: JSONValue, _ overrides: JSONValue, owner: String
  ) throws -> JSONValue {
    guard var result = defaults.object else { return defaults }
    guard let given = overrides == .null ? [:] : overrides.object else {
      throw AssayError(
        .badInput, "the options of \(owner) must be an object, got \(overrides.kind)")
    }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let standard = result[name] else {
        let known = result.keys.sorted()
        throw AssayError(
          .badInput, "\(owner) has no option '\(name)'",
          hint: known.isEmpty
            ? "it has no options" : "its options are: \(known.joined(separator: ", "))")
      }
      result[name] = try converted(value, like: standard, name: name, owner: owner)
    }
    return .object(result)
  }

  private static func converted(
    _ value: JSONValue, like standard: JSONValue, name: String, owner: String
  ) throws -> JSONValue {
    switch (standard, value) {
    case (.null, _), (.bool, .bool), (.number, .number), (.string, .string), (.array, .array),
      (.object, .object):
      return value
    case (.string, .number), (.string, .bool):
      // The command line reads `name=5` as a number before it knows that text is wanted.
      return .string(try CanonicalJSON.string(value))
    default:
      throw AssayError(
        .badInput,
        "the option '\(name)' of \(owner) must be \(kind(of: standard)), got \(value.kind)",
        hint: "its default is \((try? CanonicalJSON.string(standard)) ?? "unknown")")
    }
  }

  private static func kind(of standard: JSONValue) -> String {
    if case .number = standard { "a number" } else { standard.kind }
  }
}
