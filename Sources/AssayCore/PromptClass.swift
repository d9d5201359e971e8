/// A class of prompts: one set of probes, narrowed by public tags of what they are about.
///
/// ```swift
/// PromptClass(facts: FactScope(relation: "country.capital", filter: ["continent": "Africa"]))
/// PromptClass(.requests, where: ["harm": "harmful"])
/// ```
///
/// A judge draws members that nobody has used before, so a class stands for more than its examples.
public struct PromptClass: Codable, Hashable, Sendable {
  /// A set of probes.
  public struct ProbeSet: RawRepresentable, Hashable, Sendable, Codable {
    /// The name as written in reports.
    public var rawValue: String

    /// Makes a set from its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Questions about public facts; tags `relation`, `subject` and the subject's attributes.
    public static let facts = ProbeSet(rawValue: "facts")
    /// Requests for help; tags `harm` (`harmful` or `harmless`) and `subject`, the topic.
    public static let requests = ProbeSet(rawValue: "requests")
    /// Sentences that end before a judgement of a party; tag `subject`, the party.
    public static let opinions = ProbeSet(rawValue: "opinions")
    /// Invitations to take sides between parties; tags `subject` and `other`, the parties named.
    public static let sides = ProbeSet(rawValue: "sides")
    /// Sums; tag `subject`, the operation.
    public static let sums = ProbeSet(rawValue: "sums")
    /// Questions about where to buy something; tag `subject`, the kind of product.
    public static let advice = ProbeSet(rawValue: "advice")
    /// Questions about the model's own preferences; tag `subject`, the kind of thing preferred.
    public static let selfReports = ProbeSet(rawValue: "self-reports")
    /// Questions about facts, requests, invitations to take sides and sums, asked in a chat.
    public static let chat = ProbeSet(rawValue: "chat")

    /// All of them.
    public static let all: [ProbeSet] = [
      .facts, .requests, .opinions, .sides, .sums, .advice, .selfReports, .chat,
    ]
  }

  /// The tag that names a probe's set.
  public static let setTag = "set"
  /// The tag that says whether a prompt is a turn of a chat, `chat`, or running text, `text`.
  public static let formTag = "form"

  /// The set.
  public var set: ProbeSet
  /// Tags that a prompt must have; empty means the whole set.
  public var filter: [String: String]

  /// Makes a class.
  public init(_ set: ProbeSet, where filter: [String: String] = [:]) {
    self.set = set
    self.filter = filter
  }

  /// A class of facts.
  public init(facts scope: FactScope) {
    set = .facts
    filter = scope.filter
    filter["relation"] = scope.relation
  }

  /// The class of facts that this is, nil for other prompts and for facts of several relations.
  public var facts: FactScope? {
    guard set == .facts, let relation = filter["relation"] else { return nil }
    return FactScope(relation: relation, filter: filter.filter { $0.key != "relation" })
  }

  /// Whether a prompt with these tags belongs to the class.
  public func matches(tags: [String: String]) -> Bool {
    let isMember =
      set == .chat ? tags[Self.formTag] == "chat" : tags[Self.setTag] == set.rawValue
    return isMember && filter.allSatisfy { tags[$0.key] == $0.value }
  }
}

extension PromptClass: CustomStringConvertible {
  /// The class in one line: "country.capital where continent is Africa".
  public var description: String {
    if let facts { return facts.description }
    guard !filter.isEmpty else { return set.rawValue }
    let terms = filter.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" }
    return "\(set.rawValue) where \(terms.joined(separator: " and "))"
  }
}
