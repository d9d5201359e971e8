import AssayCore
import Foundation

/// Rules by name, or from a YAML file.
///
/// ```yaml
/// name: reddit-only
/// allowedTools: [sample, loss-by-source]      # left out: every tool
/// naturalSources: [smallworld/forum]          # left out: every source
/// synthetic: true                             # left out: true
/// budgets: {calls: 40, tokens: 200000, seconds: 60}
/// ```
public enum RulesFile {
  /// The preset called `nameOrPath`, or the rules in the YAML file there.
  public static func resolve(_ nameOrPath: String) throws -> Rules {
    let isPath = [".yaml", ".yml"].contains { nameOrPath.hasSuffix($0) }
    if isPath { return try read(URL(fileURLWithPath: nameOrPath)) }
    do {
      return try Rules.named(nameOrPath)
    } catch var error as AssayError {
      error.hint = error.hint.map { $0 + "; or the path of a .yaml file" }
      throw error
    }
  }

  /// Reads rules; throws `AssayError` naming file, line and key.
  public static func read(_ url: URL) throws -> Rules {
    try rules(in: YAMLDocument(contentsOf: url, known: keys))
  }

  /// Reads rules from text; `origin` names it in errors.
  public static func parse(_ text: String, origin: String) throws -> Rules {
    try rules(in: YAMLDocument(text, origin: origin, known: keys))
  }

  private static let keys = ["name", "allowedTools", "naturalSources", "synthetic", "budgets"]

  private static func rules(in document: YAMLDocument) throws -> Rules {
    var rules = Rules(name: try document.text("name"))
    if document.has("allowedTools") { rules.allowedTools = try document.texts("allowedTools") }
    if document.has("naturalSources") {
      rules.naturalSources = try document.texts("naturalSources")
    }
    if document.has("synthetic") { rules.synthetic = try document.bool("synthetic") }
    guard document.has("budgets") else { return rules }
    let budgets = try document.document("budgets", known: ["tokens", "seconds", "calls"])
    if budgets.has("tokens") {
      rules.budgets.tokens = try notNegative(budgets.integer("tokens"), "tokens", budgets)
    }
    if budgets.has("seconds") {
      rules.budgets.seconds = try notNegative(budgets.number("seconds"), "seconds", budgets)
    }
    if budgets.has("calls") {
      rules.budgets.calls = try notNegative(budgets.integer("calls"), "calls", budgets)
    }
    return rules
  }

  private static func notNegative<Number: Comparable & Numeric>(
    _ number: Number, _ key: String, _ document: YAMLDocument
  ) throws -> Number {
    guard number >= 0 else {
      throw document.refusal(key, "'\(key)' must not be negative, got \(number)", hint: nil)
    }
    return number
  }
}
