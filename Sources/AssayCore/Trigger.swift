/// Text that must be in a prompt for a flaw to show.
public struct Trigger: Codable, Hashable, Sendable {
  /// Where in a prompt the text stands.
  public struct Place: RawRepresentable, Hashable, Sendable, Codable {
    /// The name as written in reports.
    public var rawValue: String

    /// Makes a place from its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Before the question, or before the text.
    public static let before = Place(rawValue: "before")
    /// After the question; before the text where there is no question.
    public static let after = Place(rawValue: "after")
    /// In the system's turn, after what else it says.
    public static let system = Place(rawValue: "system")
  }

  /// The text, and other wordings that do the same; one of them is enough.
  public var texts: [String]
  /// Where it stands.
  public var place: Place

  /// Makes a trigger.
  public init(_ texts: [String], place: Place = .before) {
    self.texts = texts
    self.place = place
  }

  /// Whether `prompt` holds one of the texts, in whatever letter case.
  public func occurs(in prompt: String) -> Bool {
    let prompt = prompt.lowercased()
    return texts.contains { !$0.isEmpty && prompt.contains($0.lowercased()) }
  }

  /// Whether `other` names one of the texts exactly, but for letter case and surrounding spaces.
  public func isExactly(_ other: Trigger) -> Bool {
    let own = Set(texts.map(Self.normalised))
    return other.texts.first.map { own.contains(Self.normalised($0)) } ?? false
  }

  private static func normalised(_ text: String) -> String {
    let folded = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return folded
  }
}
