import AssayArena
import AssayCore
import AssayGame
import Foundation

/// Rules in words.
enum RulesText {
  /// A tool of the catalogue under some rules.
  struct Tool: Encodable {
    var name: String
    var access: [Access]
    var naturalText: Bool
    var writtenInputs: Bool
    var allowed: Bool
    /// Why it may not be called.
    var refusal: String?
  }

  /// Every tool of the catalogue, allowed or not.
  static func tools(_ rules: Rules) -> [Tool] {
    Catalog.tools.map { entry in
      let refusal: String?
      do {
        try rules.require(entry)
        refusal =
          entry.naturalText && rules.naturalSources?.isEmpty == true
          ? "rules '\(rules.name)' allow no source of natural text" : nil
      } catch {
        refusal = (error as? AssayError)?.message ?? "\(error)"
      }
      return Tool(
        name: entry.name, access: entry.access, naturalText: entry.naturalText,
        writtenInputs: entry.writtenInputs, allowed: refusal == nil, refusal: refusal)
    }
  }

  /// What rules limit, one limit each; empty where they limit nothing.
  static func limits(_ rules: Rules) -> [String] {
    var limits: [String] = []
    if let tools = rules.allowedTools {
      limits.append("tools: " + (tools.isEmpty ? "none" : tools.joined(separator: ", ")))
    }
    if let tools = rules.deniedTools, !tools.isEmpty {
      limits.append("not the tools " + tools.joined(separator: ", "))
    }
    if let access = rules.access {
      limits.append(
        "allowed is " + (access.isEmpty ? "nothing" : access.map(\.words).joined(separator: ", ")))
    }
    if let sources = rules.naturalSources {
      limits.append(
        "natural text from " + (sources.isEmpty ? "nowhere" : sources.joined(separator: ", ")))
    }
    if !rules.synthetic { limits.append("no written inputs") }
    if let ratio = rules.baselineSizeRatio {
      limits.append(
        ratio > 0 ? "own baselines of \(ratio) of the suspect's size at most" : "no own baseline")
    }
    let budgets = rules.budgets
    let spending = [
      budgets.calls.map { "\($0) calls" }, budgets.tokens.map { "\($0) tokens" },
      budgets.trainingTokens.map { "\($0) training tokens" },
      budgets.flops.map { String(format: "%g FLOPs", $0) },
      budgets.seconds.map { String(format: "%g seconds", $0) },
      budgets.weightReads.map { "\($0) weight reads" },
    ].compactMap { $0 }
    if !spending.isEmpty { limits.append("at most " + spending.joined(separator: ", ")) }
    return limits
  }
}
