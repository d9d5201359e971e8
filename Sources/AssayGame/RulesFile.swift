import AssayCore
import AssayText
import Foundation

/// Rules by name, or from a YAML file.
///
/// ```yaml
/// name: reddit-only
/// extends: [natural-data, capped]             # presets, or other files beside this one
/// allowedTools: [sample, loss-by-source]      # left out: every tool
/// deniedTools: [logit-lens]                   # left out: none
/// access: [runs, weights]                     # left out: everything
/// naturalSources: [smallworld/forum]          # left out: every source
/// synthetic: true                             # left out: true
/// baselineSizeRatio: 0.25                     # left out: as large as the suspect
/// budgets: {calls: 40, tokens: 200000, trainingTokens: 1e6, flops: 2e12, seconds: 60, weightReads: 90}
/// ```
///
/// What it extends is combined first, the stricter of each part; then each key of the file itself,
/// and each budget, takes the place of what was inherited. `open without sample, chat` are the rules
/// `open`, or those of a file, with these tools denied as well.
public enum RulesFile {
  /// The preset called `nameOrPath`, or the rules in the YAML file there.
  public static func resolve(_ nameOrPath: String) throws -> Rules {
    if let (rest, tools) = parts(of: nameOrPath) {
      let whole = try resolve(rest)
      return whole.combined(
        with: Rules(name: "", deniedTools: tools), named: reference(to: whole.name, without: tools))
    }
    if isPath(nameOrPath) { return try read(URL(fileURLWithPath: nameOrPath)) }
    do {
      return try Rules.named(nameOrPath)
    } catch var error as AssayError {
      error.hint = error.hint.map { $0 + "; or the path of a .yaml file" }
      throw error
    }
  }

  /// What `resolve` takes for the rules `nameOrPath` with `tools` denied as well.
  public static func reference(to nameOrPath: String, without tools: [String]) -> String {
    nameOrPath + separator + tools.joined(separator: ", ")
  }

  /// The tools that the reference `nameOrPath` itself denies, whatever its rules are.
  public static func deniedTools(in nameOrPath: String) -> [String] {
    guard let (rest, tools) = parts(of: nameOrPath) else { return [] }
    return deniedTools(in: rest) + tools
  }

  private static let separator = " without "

  /// The rules and the tools in `rules without tool, tool`; nil for any other text.
  private static func parts(of reference: String) -> (rest: String, tools: [String])? {
    guard let place = reference.range(of: separator, options: .backwards) else { return nil }
    let tools = reference[place.upperBound...].split(
      separator: ",", omittingEmptySubsequences: false
    )
    .map { $0.trimmingCharacters(in: .whitespaces) }
    // A path may hold the word as well, but it ends in what no tool's name has.
    let named = tools.allSatisfy { tool in
      !tool.isEmpty
        && tool.utf8.allSatisfy {
          (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-")
        }
    }
    return named ? (String(reference[..<place.lowerBound]), tools) : nil
  }

  /// Reads rules; throws `AssayError` naming file, line and key.
  public static func read(_ url: URL) throws -> Rules { try read(url, within: []) }

  /// Reads rules from text; `origin` names it in errors, and what it extends lies beside `folder`.
  public static func parse(
    _ text: String, origin: String,
    folder: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  ) throws -> Rules {
    try rules(in: YAMLDocument(text, origin: origin, known: keys), beside: folder, within: [])
  }

  private static let keys = [
    "name", "extends", "allowedTools", "deniedTools", "access", "naturalSources", "synthetic",
    "baselineSizeRatio", "budgets",
  ]
  private static let budgetKeys = [
    "tokens", "trainingTokens", "flops", "seconds", "weightReads", "calls",
  ]

  private static func isPath(_ name: String) -> Bool {
    [".yaml", ".yml"].contains { name.hasSuffix($0) }
  }

  private static func read(_ url: URL, within outer: [URL]) throws -> Rules {
    let file = url.absoluteURL.standardizedFileURL
    let document = try YAMLDocument(contentsOf: file, known: keys)
    guard !outer.contains(file) else {
      throw document.refusal("extends", "the rules extend themselves", hint: nil)
    }
    return try rules(
      in: document, beside: file.deletingLastPathComponent(), within: outer + [file])
  }

  private static func rules(
    in document: YAMLDocument, beside folder: URL, within outer: [URL]
  ) throws -> Rules {
    let name = try document.text("name")
    var rules = Rules(name: name)
    if document.has("extends") {
      for other in try document.textOrTexts("extends") {
        let inherited =
          isPath(other)
          ? try read(URL(fileURLWithPath: other, relativeTo: folder), within: outer)
          : try preset(other, in: document)
        rules = rules.combined(with: inherited, named: name)
      }
    }
    if document.has("allowedTools") { rules.allowedTools = try document.texts("allowedTools") }
    if document.has("deniedTools") { rules.deniedTools = try document.texts("deniedTools") }
    if document.has("access") { rules.access = try access(in: document) }
    if document.has("naturalSources") { rules.naturalSources = try sources(in: document) }
    if document.has("synthetic") { rules.synthetic = try document.bool("synthetic") }
    if document.has("baselineSizeRatio") {
      let ratio = try document.number("baselineSizeRatio")
      guard (0...1).contains(ratio) else {
        throw document.refusal(
          "baselineSizeRatio", "'baselineSizeRatio' must lie in 0...1, got \(ratio)",
          hint: "0 allows no baseline, 1 one as large as the suspect")
      }
      rules.baselineSizeRatio = ratio
    }
    if document.has("budgets") { try readBudgets(of: document, into: &rules.budgets) }
    return rules
  }

  private static func preset(_ name: String, in document: YAMLDocument) throws -> Rules {
    do {
      return try Rules.named(name)
    } catch let error as AssayError {
      throw document.refusal("extends", error.message, hint: error.hint)
    }
  }

  private static func access(in document: YAMLDocument) throws -> [Access] {
    let named = try document.texts("access").map(Access.init(rawValue:))
    if let stranger = named.first(where: { !Access.all.contains($0) }) {
      throw document.refusal(
        "access", "unknown access '\(stranger)'",
        hint: "known: \(Access.all.map(\.rawValue).joined(separator: ", "))")
    }
    return Access.all.filter(named.contains)
  }

  private static func sources(in document: YAMLDocument) throws -> [String] {
    let known = SmallWorld.registers.map(\.source)
    let named = try document.texts("naturalSources")
    if let stranger = named.first(where: { !known.contains($0) }) {
      throw document.refusal(
        "naturalSources", "unknown text source '\(stranger)'",
        hint: "known sources: \(known.joined(separator: ", "))")
    }
    return named
  }

  private static func readBudgets(
    of document: YAMLDocument, into budgets: inout Budgets
  ) throws {
    let table = try document.document("budgets", known: budgetKeys)
    func whole(_ key: String) throws -> Int? {
      guard table.has(key) else { return nil }
      let number = try limit(key)
      guard let whole = Int(exactly: number) else {
        throw table.refusal(key, "'\(key)' must be a whole number", hint: nil)
      }
      return whole
    }
    func limit(_ key: String) throws -> Double {
      let number = try table.number(key)
      guard number >= 0 else {
        let shown = Int(exactly: number).map(String.init) ?? "\(number)"
        throw table.refusal(key, "'\(key)' must not be negative, got \(shown)", hint: nil)
      }
      return number
    }
    budgets.tokens = try whole("tokens") ?? budgets.tokens
    budgets.trainingTokens = try whole("trainingTokens") ?? budgets.trainingTokens
    budgets.weightReads = try whole("weightReads") ?? budgets.weightReads
    budgets.calls = try whole("calls") ?? budgets.calls
    if table.has("flops") { budgets.flops = try limit("flops") }
    if table.has("seconds") { budgets.seconds = try limit("seconds") }
  }
}
