import AssayCore

/// An argument of a call that can be made smaller where a budget does not pay for all of it.
///
/// A whole number goes down to ``least``; of a list the first ``least`` texts stay at least.
public struct CallReduction: Sendable {
  /// The argument.
  public var name: String
  /// The smallest number, or the fewest texts, that are worth while.
  public var least: Int
  /// The list that is cut, for an argument that means everything when it is left out.
  public var whole: JSONValue?

  /// Makes a reduction.
  public init(_ name: String, least: Int, whole: JSONValue? = nil) {
    self.name = name
    self.least = least
    self.whole = whole
  }
}
