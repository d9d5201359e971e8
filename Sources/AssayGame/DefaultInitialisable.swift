/// A type with a sensible value when nothing is said.
public protocol DefaultInitialisable {
  /// Makes the default.
  init()
}

/// The options of an attack that has none.
public struct NoOptions: Codable, Hashable, Sendable, DefaultInitialisable {
  /// Makes the only value.
  public init() {}
}
