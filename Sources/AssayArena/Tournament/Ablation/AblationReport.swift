/// What each tool of an auditor is worth, and what the auditors are beside each other.
public struct AblationReport: Codable, Hashable, Sendable {
  /// The tournament that was played with every tool.
  public var tournament: String
  /// The tournaments on the same organisms that hold the matches without some tools.
  public var without: [String]
  /// What limits the figures, in sentences.
  public var warnings: [String]
  /// What the figures measure and how they were made, in sentences.
  public var methods: [String]
  /// The auditors under each set of rules, most bits first.
  public var auditors: [AblatedAuditor]
}
