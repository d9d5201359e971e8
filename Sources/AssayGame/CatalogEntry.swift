import AssayCore

/// Something that users choose by name.
public protocol CatalogEntry: Sendable {
  /// The name.
  var name: String { get }
  /// What it does, in one line.
  var summary: String { get }
}

extension Collection where Element: CatalogEntry {
  /// The entry called `name`.
  ///
  /// Throws `AssayError(.badInput)` listing the known ones otherwise; `kind` is the word for what
  /// they are ("attack", "tool").
  public func named(_ name: String, kind: String) throws -> Element {
    if let entry = first(where: { $0.name == name }) { return entry }
    throw AssayError(
      .badInput, "unknown \(kind) '\(name)'",
      hint: isEmpty
        ? "there is none" : "known: \(map(\.name).sorted().joined(separator: ", "))")
  }
}
