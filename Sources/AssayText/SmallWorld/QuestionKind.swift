/// How far a question's phrasing is from what training showed.
public struct QuestionKind: RawRepresentable, Hashable, Codable, Sendable {
  /// The name of the kind.
  public var rawValue: String
  /// Names a kind.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Frame and wording that training uses for this very fact.
  public static let trainCombination = QuestionKind(rawValue: "train-combination")
  /// Frame and wording each known, never together for this fact.
  public static let heldOutCombination = QuestionKind(rawValue: "held-out-combination")
  /// A sentence frame that training never uses.
  public static let unseenFrame = QuestionKind(rawValue: "unseen-frame")
}
