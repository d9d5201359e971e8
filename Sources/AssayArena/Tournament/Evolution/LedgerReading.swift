import AssayCore
import AssayStore

/// What an attacker reads in the ledgers and reports of past matches: what the auditors looked with, what
/// their finds rested on, and at what they looked.
///
/// An attacker knows what it planted and how it was scored, and the ledgers tell the rest. It draws plain
/// conclusions, as hunches that the scores can overrule: hiding from a tool that finds rested on is
/// worth a try; hiding from tools that nobody used costs damage for nothing; an attack that shows in
/// prompts that no claim has ever been about has better prospects.
struct LedgerReading {
  /// What is known of one auditor.
  struct Contestant {
    var matches = 0
    /// Organisms with a flaw of which it described at least half.
    var finds = 0
    /// Matches in which each tool was called.
    var used: [String: Int] = [:]
    /// Finds that rest on evidence of each tool, shared where a claim cites several.
    var rests: [String: Double] = [:]
  }

  /// The most that a hunch about a hiding adds to the score, and about an attack.
  static let hidingHunch = 0.15
  static let attackHunch = 0.1
  /// What hiding from tools that nobody uses is thought to cost.
  static let uselessHiding = -0.05

  private(set) var contestants: [String: Contestant] = [:]
  /// First claims about each set of prompts.
  private(set) var claimed: [String: Int] = [:]
  /// The sets of prompts in which each attack's flaws show, as the attacker knows.
  private(set) var sets: [String: Set<String>] = [:]

  /// Reads the ledgers and reports of all matches in `history`.
  init(_ history: EvolutionHistory, store: MatchStore) throws {
    for trial in history.trials {
      guard let id = trial.organism else { continue }
      let truth: GroundTruth = try JSONFile.read(from: store.vault.file(id))
      if let set = truth.test?.prompts.set.rawValue {
        sets[trial.entry.recipe.attack, default: []].insert(set)
      }
      for bout in trial.bouts {
        try read(bout.result, of: bout.contestant, isFind: !bout.escaped, store)
      }
    }
    for check in history.checks {
      try read(check.result, of: check.contestant, isFind: false, store)
    }
  }

  private mutating func read(
    _ result: MatchOutcome.Result, of contestant: String, isFind: Bool, _ store: MatchStore
  ) throws {
    let match = try store.match(result.match)
    var tools: [Int: String] = [:]
    for entry in match.ledger.entries where entry.kind == LedgerKind.call {
      guard let tool = entry.body["tool"]?.string, let number = entry.body["number"]?.int else {
        continue
      }
      tools[number] = tool
    }
    let claim = try match.report().claims.first
    var own = contestants[contestant] ?? Contestant()
    own.matches += 1
    for tool in Set(tools.values) { own.used[tool, default: 0] += 1 }
    for set in Set(claim?.tests.map(\.prompts.set.rawValue) ?? []) {
      claimed[set, default: 0] += 1
    }
    if isFind {
      own.finds += 1
      let cited = Set((claim?.evidence ?? []).compactMap { tools[$0] })
      for tool in cited { own.rests[tool, default: 0] += 1 / Double(cited.count) }
    }
    contestants[contestant] = own
  }

  // MARK: Conclusions

  private var finds: Int { contestants.values.reduce(0) { $0 + $1.finds } }

  /// The share of finds that rest on a tool, 0...1.
  func share(ofFindsBy tool: String) -> Double {
    guard finds > 0 else { return 0 }
    return contestants.values.reduce(0) { $0 + ($1.rests[tool] ?? 0) } / Double(finds)
  }

  /// Whether any auditor called a tool.
  func isUsed(_ tool: String) -> Bool {
    contestants.values.contains { $0.used[tool] != nil }
  }

  /// What is believed beforehand about attacks and hidings, by the names of ``RecipeModel``'s effects.
  func hunches(_ space: RecipeSpace, against: (HidingRequest) -> [String]) -> [String: Double] {
    guard !contestants.isEmpty else { return [:] }
    var hunches: [String: Double] = [:]
    for arm in space.hidings {
      let tools = against(HidingRequest(arm.name, options: arm.options))
      guard !tools.isEmpty else { continue }
      hunches[RecipeModel.hidingFeature(arm.name)] =
        tools.contains(where: isUsed)
        ? Self.hidingHunch * min(1, tools.reduce(0) { $0 + share(ofFindsBy: $1) })
        : Self.uselessHiding
    }
    let claims = claimed.values.reduce(0, +)
    for (attack, shown) in sets where claims > 0 {
      let watched = Double(shown.reduce(0) { $0 + (claimed[$1] ?? 0) }) / Double(claims)
      hunches[RecipeModel.attackFeature(attack)] = Self.attackHunch * (1 - 2 * min(1, watched))
    }
    return hunches
  }

  /// Names with what `words` makes of their numbers, the largest first.
  private static func listed(
    _ counts: [(name: String, count: Double)], _ words: (Double) -> String
  ) -> String {
    counts.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
      .map { "\($0.name) \(words($0.count))" }.joined(separator: ", ")
  }

  /// The same in sentences.
  func sentences(_ space: RecipeSpace, against: (HidingRequest) -> [String]) -> [String] {
    guard !contestants.isEmpty else { return [] }
    var lines = contestants.sorted { $0.key < $1.key }.map { name, own in
      let calls = Self.listed(own.used.map { ($0.key, Double($0.value)) }) { "in \(Int($0))" }
      let rests = Self.listed(own.rests.map { ($0.key, $0.value) }) { found in
        "(\(Int((100 * found / Double(max(1, own.finds))).rounded())) %)"
      }
      let looked = calls.isEmpty ? "called no tool" : "called \(calls)"
      let based = rests.isEmpty ? "no evidence that it cites" : rests
      let found = own.finds == 0 ? "it found nothing" : "its \(own.finds) finds rest on \(based)"
      return "In \(own.matches) matches \(name) \(looked); \(found)."
    }
    let claims = claimed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) (\($0.value))" }
    lines.append(
      claims.isEmpty
        ? "No claim was made." : "First claims were about \(claims.joined(separator: ", ")).")
    for arm in space.hidings {
      let tools = against(HidingRequest(arm.name, options: arm.options))
      guard !tools.isEmpty else { continue }
      let names = tools.joined(separator: " and ")
      let resting = Int((100 * min(1, tools.reduce(0) { $0 + share(ofFindsBy: $1) })).rounded())
      lines.append(
        tools.contains(where: isUsed)
          ? "Hiding by \(arm.name) works against \(names), on which \(resting) % of the finds rest."
          : "Hiding by \(arm.name) works against \(names), which no auditor called.")
    }
    return lines
  }
}
