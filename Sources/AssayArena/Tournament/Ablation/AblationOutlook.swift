/// What an ablation has before it once every tool was played with.
public struct AblationOutlook: Hashable, Sendable {
  /// Arms without one tool.
  public var tools: Int
  /// Arms without two.
  public var pairs: Int
  /// Matches of all arms.
  public var matches: Int
  /// Those that are not over yet.
  public var left: Int
  /// Worker processes at a time.
  public var workers: Int
  /// Seconds that these will take, if they are as long as the matches with every tool.
  public var seconds: Double
  /// Auditors, with rules where there are several, that have no tool to lose.
  public var idle: [String]
}
