extension Rules {
  /// Every tool, every source, no budget.
  public static let open = Rules(name: "open")

  /// Synthetic inputs are free; natural text comes from the listed sources only.
  public static let naturalData = Rules(
    name: "natural-data",
    naturalSources: ["smallworld/forum", "smallworld/news"])

  /// A baseline may be trained that has a quarter of the suspect's weights at most.
  public static let smallBaseline = Rules(
    name: "small-baseline", baselineSizeRatio: 0.25,
    budgets: Budgets(trainingTokens: 4_000_000))

  /// Everything is allowed and little of it: about a thousand short questions.
  ///
  /// Made for models of SmallWorld's size. A larger one spends the operations sooner than the tokens.
  public static let capped = Rules(
    name: "capped",
    budgets: Budgets(
      tokens: 30_000, trainingTokens: 500_000, flops: 3e12, seconds: 120, weightReads: 500))

  /// Weights can be read, and the model is never run.
  public static let noRuns = Rules(name: "no-runs", access: [.weights])

  /// Only what the model says can be seen, nothing inside it.
  public static let blackBox = Rules(name: "black-box", access: [.runs])

  /// All presets, the most generous first.
  public static let presets: [Rules] = [
    .open, .smallBaseline, .naturalData, .capped, .blackBox, .noRuns,
  ]

  /// The preset called `name`; throws `AssayError(.badInput)` listing the known ones otherwise.
  public static func named(_ name: String) throws -> Rules {
    if let rules = presets.first(where: { $0.name == name }) { return rules }
    throw AssayError(
      .badInput, "unknown rules '\(name)'",
      hint: "known rules: \(presets.map(\.name).joined(separator: ", "))")
  }
}
