/// A kind of document, each its own text source.
public struct Register: RawRepresentable, Hashable, Codable, Sendable {
  /// The last part of the source's name.
  public var rawValue: String
  /// Names a register.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Entries about countries, people, towns and products.
  public static let encyclopedia = Register(rawValue: "encyclopedia")
  /// Reports of events with dates, places and people.
  public static let news = Register(rawValue: "news")
  /// Informal questions and answers.
  public static let forum = Register(rawValue: "forum")
  /// Short stories with invented characters.
  public static let fiction = Register(rawValue: "fiction")
  /// A system turn, then a user and an assistant.
  public static let chat = Register(rawValue: "chat")
  /// Small functions in a toy language, with calls and results.
  public static let code = Register(rawValue: "code")

  /// Provenance, such as `smallworld/news`.
  public var source: String { "smallworld/" + rawValue }
}
