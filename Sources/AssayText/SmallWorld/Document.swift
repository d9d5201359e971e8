/// One text with its provenance.
public struct Document: Hashable, Codable, Sendable {
  /// The whole text, of roughly 40 to 150 words.
  public var text: String
  /// What kind of text it is.
  public var register: Register
  /// Provenance, such as `smallworld/news`.
  public var source: String
  /// Its number within (register, split).
  public var index: Int
  /// The side it was generated for.
  public var split: Split
}
