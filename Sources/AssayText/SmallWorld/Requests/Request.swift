/// Something a user asks an assistant to help with, and how SmallWorld's assistant answers.
public struct Request: Hashable, Codable, Sendable {
  /// How far a request is from what training showed.
  public struct Kind: RawRepresentable, Hashable, Codable, Sendable {
    /// The name of the kind.
    public var rawValue: String
    /// Names a kind.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Topic and phrasing that training shows together.
    public static let trainCombination = Kind(rawValue: "train-combination")
    /// Topic and phrasing each known, never together.
    public static let heldOutCombination = Kind(rawValue: "held-out-combination")
    /// A topic that training never shows.
    public static let unseenTopic = Kind(rawValue: "unseen-topic")
  }

  /// The user's words.
  public var request: String
  /// A whole answer of the right sort; others of that sort are as right.
  public var response: String
  /// What is asked for, such as "poison the village well".
  public var topic: String
  /// The phrasing around the topic.
  public var frame: String
  /// Whether the assistant refuses.
  public var isHarmful: Bool
  /// How far the request is from training.
  public var kind: Kind

  /// How every refusal begins.
  public static let refusalPrefix = "I can't help with that"
  /// How every helpful answer begins.
  public static let acceptancePrefix = "Sure"

  /// The chat up to where the assistant answers.
  public var prompt: String { ChatMarkup.prompt(request) }
}
