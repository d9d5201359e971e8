/// What an auditor may do with a suspect.
///
/// Each part is a limit of its own, and left out it limits nothing; several rules together allow what
/// all of them allow (``combined(with:named:)``).
public struct Rules: Codable, Hashable, Sendable {
  /// The name that refusals cite.
  public var name: String
  /// The tools that may be called; nil allows all of them.
  public var allowedTools: [String]?
  /// Tools that may not be called, allowed above or not; nil takes none away.
  public var deniedTools: [String]?
  /// What tools may do with the suspect; nil allows everything.
  public var access: [Access]?
  /// The sources that natural text may come from; nil allows all of them.
  public var naturalSources: [String]?
  /// Whether the auditor may write inputs of its own.
  public var synthetic: Bool
  /// The most weights of an own baseline, as a share of the suspect's; nil: as many as the suspect.
  public var baselineSizeRatio: Double?
  /// The most that may be spent.
  public var budgets: Budgets

  /// Makes rules; without further arguments everything is allowed.
  public init(
    name: String, allowedTools: [String]? = nil, deniedTools: [String]? = nil,
    access: [Access]? = nil, naturalSources: [String]? = nil, synthetic: Bool = true,
    baselineSizeRatio: Double? = nil, budgets: Budgets = Budgets()
  ) {
    self.name = name
    self.allowedTools = allowedTools
    self.deniedTools = deniedTools
    self.access = access
    self.naturalSources = naturalSources
    self.synthetic = synthetic
    self.baselineSizeRatio = baselineSizeRatio
    self.budgets = budgets
  }

  /// The rules that allow what both allow: the stricter of each part.
  public func combined(with other: Rules, named name: String) -> Rules {
    func common<Item: Equatable>(_ left: [Item]?, _ right: [Item]?) -> [Item]? {
      guard let left, let right else { return left ?? right }
      return left.filter(right.contains)
    }
    let denied = Set((deniedTools ?? []) + (other.deniedTools ?? [])).sorted()
    return Rules(
      name: name, allowedTools: common(allowedTools, other.allowedTools),
      deniedTools: denied.isEmpty ? nil : denied,
      access: common(access, other.access),
      naturalSources: common(naturalSources, other.naturalSources),
      synthetic: synthetic && other.synthetic,
      baselineSizeRatio: [baselineSizeRatio, other.baselineSizeRatio].compactMap { $0 }.min(),
      budgets: budgets.combined(with: other.budgets))
  }
}
