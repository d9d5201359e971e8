/// A token that is recognised in text as a whole before any merging, as `added_tokens` of a
/// `tokenizer.json` lists it.
public struct AddedToken: Hashable, Sendable {
  /// Number of the token.
  public var id: Int
  /// The text that stands for it.
  public var content: String
  /// Whether decoding with `skipSpecial` leaves it out.
  public var isSpecial: Bool
  /// Whether white space to its left belongs to it.
  public var stripsLeft: Bool
  /// Whether white space to its right belongs to it.
  public var stripsRight: Bool
  /// Whether it is recognised only where no letter, digit or underscore touches it.
  public var isSingleWord: Bool
  /// Whether it is looked for after normalisation, that is, after all tokens that are not.
  public var isNormalized: Bool
  /// Whether it is a user-defined piece of a `tokenizer.model`: kept as it stands by normalisation,
  /// and looked for after it.
  var isPiece = false

  /// Marks user-defined pieces in a `tokenizer.json` that was made of a `tokenizer.model`; other
  /// programs skip it.
  static let piece = "sentencepiece_user_defined"

  /// A token that is just its content, with no flag set but `isSpecial`.
  public init(id: Int, content: String, isSpecial: Bool = true) {
    self.id = id
    self.content = content
    self.isSpecial = isSpecial
    stripsLeft = false
    stripsRight = false
    isSingleWord = false
    isNormalized = !isSpecial
  }
}
