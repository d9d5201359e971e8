import AssayCore
import AssayGame

/// Decides which arms an ablation has, from what was called with every tool.
struct AblationArms {
  /// For each auditor and rules in turn each tool alone, then each pair.
  let arms: [AblationArm]
  /// The labels of those who have no tool to lose.
  let idle: [String]

  /// `chosen` tools are taken from everyone whose rules allow them, otherwise those that it called.
  init(
    _ contestants: [TournamentData.Contestant], calls: ToolCalls, chosen: [String]?, pairs: Bool,
    arena: Arena
  ) throws {
    var arms: [AblationArm] = []
    var idle: [String] = []
    for contestant in contestants {
      let rules = try arena.rules(contestant.rules)
      let wanted = Set(chosen ?? calls.tools(of: contestant))
      // One order for all, so that a pair named the other way round is the same arm.
      let tools = arena.tools.filter { wanted.contains($0.name) && (try? rules.require($0)) != nil }
        .map(\.name)
      if tools.isEmpty { idle.append(contestant.label) }
      var without = tools.map { [$0] }
      if pairs {
        for (index, first) in tools.enumerated() {
          without += tools[(index + 1)...].map { [first, $0] }
        }
      }
      arms += without.map {
        AblationArm(auditor: contestant.auditor, rules: contestant.rules, tools: $0)
      }
    }
    self.arms = arms
    self.idle = idle
  }

  /// Throws `AssayError` for tools that cannot be taken away: unknown, named twice, denied by all of `rules`
  /// anyway, or only one where pairs are asked for.
  static func check(_ chosen: [String], rules: [String], pairs: Bool, arena: Arena) throws {
    guard !chosen.isEmpty else {
      throw AssayError(
        .badInput, "no tool is named", hint: "leave the list out for the tools that are called")
    }
    guard Set(chosen).count == chosen.count else {
      throw AssayError(.badInput, "a tool is named twice", hint: "name it once")
    }
    guard !pairs || chosen.count > 1 else {
      throw AssayError(
        .badInput, "there are no pairs of one tool", hint: "name another tool, or leave out --pairs"
      )
    }
    for tool in chosen {
      let entry = try arena.tools.named(tool, kind: "tool")
      var refusal: AssayError?
      for name in rules {
        do {
          try arena.rules(name).require(entry)
          refusal = nil
          break
        } catch let error as AssayError where error.code == .forbidden {
          refusal = error
        }
      }
      if let refusal {
        throw AssayError(
          .badInput, "'\(tool)' cannot be taken away: \(refusal.message) anyway",
          hint: "leave it out; 'assay rules show \(rules[0])' lists what they allow")
      }
    }
  }
}
