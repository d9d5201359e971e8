import AssayGame

/// One arm of an ablation: an auditor that plays without some of its tools, under rules that are otherwise
/// the same.
public struct AblationArm: Codable, Hashable, Sendable {
  /// Who audits.
  public var auditor: String
  /// The rules with every tool.
  public var rules: String
  /// The tools that are taken away, one or two, in the catalogue's order.
  public var tools: [String]

  /// Makes an arm.
  public init(auditor: String, rules: String, tools: [String]) {
    self.auditor = auditor
    self.rules = rules
    self.tools = tools
  }

  /// The rules that it is played under, as `--rules` takes them.
  public var ownRules: String { RulesFile.reference(to: rules, without: tools) }
}
