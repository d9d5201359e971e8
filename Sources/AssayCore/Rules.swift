/// What an auditor may do with a suspect.
public struct Rules: Codable, Hashable, Sendable {
  /// The name that refusals cite.
  public var name: String
  /// The tools that may be called; nil allows all of them.
  public var allowedTools: [String]?
  /// The sources that natural text may come from; nil allows all of them.
  public var naturalSources: [String]?
  /// Whether the auditor may write inputs of its own.
  public var synthetic: Bool
  /// The most that may be spent.
  public var budgets: Budgets

  /// Makes rules; without further arguments everything is allowed.
  public init(
    name: String, allowedTools: [String]? = nil, naturalSources: [String]? = nil,
    synthetic: Bool = true, budgets: Budgets = Budgets()
  ) {
    self.name = name
    self.allowedTools = allowedTools
    self.naturalSources = naturalSources
    self.synthetic = synthetic
    self.budgets = budgets
  }

  /// Every tool, every source, no budget.
  public static let open = Rules(name: "open")

  /// Synthetic inputs are free; natural text comes from the listed sources only.
  public static let naturalData = Rules(
    name: "natural-data",
    naturalSources: ["smallworld/forum", "smallworld/news"])

  /// Only what the model says can be seen, nothing inside it.
  public static let blackBox = Rules(name: "black-box", allowedTools: ["sample"])

  /// All presets, the most generous first.
  public static let presets: [Rules] = [.open, .naturalData, .blackBox]

  /// The preset called `name`; throws `AssayError(.badInput)` listing the known ones otherwise.
  public static func named(_ name: String) throws -> Rules {
    if let rules = presets.first(where: { $0.name == name }) { return rules }
    throw AssayError(
      .badInput, "unknown rules '\(name)'",
      hint: "known rules: \(presets.map(\.name).joined(separator: ", "))")
  }
}
