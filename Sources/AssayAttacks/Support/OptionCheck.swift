import AssayCore

/// Refuses values of options that an attack cannot work with.
enum OptionCheck {
  /// Throws `AssayError(.badInput)` naming the option, its `range` and the value, unless `holds`.
  static func require(
    _ holds: Bool, _ name: String, _ range: String, _ value: some Any
  ) throws {
    guard !holds else { return }
    throw AssayError(.badInput, "option '\(name)' must be \(range), got \(value)")
  }
}
