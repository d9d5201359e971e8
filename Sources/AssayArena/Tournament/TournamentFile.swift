import AssayCore
import AssayGame
import Foundation

/// Reads a tournament from YAML.
///
/// ```yaml
/// name: small
/// bases: [smallworld-1m]           # left out: smallworld-4m
/// seed: 1                          # of everything that is drawn; left out: 1
/// organisms:                       # each entry is planted on every base
///   - attack: false-facts
///     count: 6                     # left out: 1; or explicit seeds: [3, 4]
///     options: {steps: 120}        # what the attack takes; left out: its defaults
///     vary: {fraction: [1, 0.5]}   # each organism draws one value of each, no combination twice
///     topics: drawn                # relation and filter drawn by seed; left out: fixed
///     hide: [noise:size=0.01, symmetry] # as --hide of `assay plant`, in order; left out: none
///   - {attack: exact-copy, count: 3}
/// auditors: [survey, always-clean] # left out: survey
/// rules: [open, black-box]         # presets or YAML files; left out: open
/// seeds: [1, 2]                    # audits of one organism by one auditor; left out: [1]
/// judge: mechanical                # left out: mechanical
/// hold_out: [false-facts]          # attacks that the report also shows apart
/// workers: 2                       # processes; left out: as many as the cores allow
/// threads: 1                       # of one worker; left out: 1
/// limit_seconds: 600               # for one planting or match; left out: 3600
/// ```
///
/// Unknown keys are refused by name, unknown players by listing the known ones.
public enum TournamentFile {
  private static let keys = [
    "name", "bases", "seed", "organisms", "auditors", "rules", "seeds", "judge", "hold_out",
    "workers", "threads", "limit_seconds",
  ]
  static let entryKeys = [
    "attack", "count", "seeds", "options", "vary", "topics", "hide",
  ]

  /// Reads a file; throws `AssayError` naming file, line and key.
  public static func read(_ url: URL) throws -> TournamentSettings {
    try settings(in: YAMLDocument(contentsOf: url, known: keys))
  }

  /// Reads text; `origin` names it in errors.
  public static func parse(_ text: String, origin: String) throws -> TournamentSettings {
    try settings(in: YAMLDocument(text, origin: origin, known: keys))
  }

  private static func settings(in document: YAMLDocument) throws -> TournamentSettings {
    var settings = TournamentSettings(name: try name(document))
    if document.has("bases") { settings.bases = try list("bases", document) }
    if document.has("seed") { settings.seed = try seed(document.integer("seed"), "seed", document) }
    settings.organisms = try document.documents("organisms", known: entryKeys).map(entry)
    if settings.organisms.isEmpty {
      throw document.refusal("organisms", "there is no organism", hint: "add '- attack: …'")
    }
    if document.has("auditors") { settings.auditors = try list("auditors", document) }
    if document.has("rules") { settings.rules = try list("rules", document) }
    if document.has("seeds") { settings.seeds = try seeds(document) }
    if document.has("judge") { settings.judge = try document.text("judge") }
    if document.has("hold_out") { settings.holdOut = try document.texts("hold_out") }
    if document.has("workers") {
      settings.workers = try positive("workers", document, most: 1024)
    }
    if document.has("threads") { settings.threads = try positive("threads", document, most: 1024) }
    if document.has("limit_seconds") {
      settings.limitSeconds = try document.number("limit_seconds")
      guard settings.limitSeconds > 0 else {
        throw document.refusal("limit_seconds", "'limit_seconds' must be above 0", hint: nil)
      }
    }
    for attack in settings.holdOut
    where !settings.organisms.contains(where: { $0.attack == attack }) {
      throw document.refusal(
        "hold_out", "'\(attack)' is held out and no organism has it",
        hint: "attacks here: \(settings.organisms.map(\.attack).joined(separator: ", "))")
    }
    return settings
  }

  static func entry(_ document: YAMLDocument) throws -> TournamentSettings.Entry {
    var entry = TournamentSettings.Entry(attack: try document.text("attack"))
    if document.has("count") { entry.count = try positive("count", document, most: 100_000) }
    if document.has("seeds") {
      if document.has("count") {
        throw document.refusal(
          "count", "'count' and 'seeds' are both given", hint: "keep one of them")
      }
      entry.seeds = try seeds(document)
    }
    if document.has("options") {
      entry.options = try document.json("options")
      guard entry.options.object != nil else {
        throw document.refusal("options", "'options' must hold names and values", hint: nil)
      }
    }
    if document.has("vary") {
      let choices = try document.json("vary").object ?? [:]
      for (name, value) in choices {
        guard let values = value.array, !values.isEmpty else {
          throw document.refusal(
            "vary", "'\(name)' under 'vary' must be a list of values", hint: nil)
        }
        entry.vary[name] = values
      }
    }
    if document.has("topics") {
      entry.topics = try document.text("topics")
      guard ["fixed", "drawn"].contains(entry.topics) else {
        throw document.refusal(
          "topics", "'topics' cannot be '\(entry.topics)'", hint: "it is 'fixed' or 'drawn'")
      }
    }
    if document.has("hide") {
      let asked = try document.texts("hide")
      entry.hiding = asked.isEmpty ? nil : try asked.map { try hiding($0, document) }
    }
    return entry
  }

  private static func hiding(_ text: String, _ document: YAMLDocument) throws -> HidingRequest {
    do {
      return try HidingRequest(parsing: text)
    } catch let error as AssayError {
      throw document.refusal("hide", error.message, hint: "write for example noise:size=0.01")
    }
  }

  static func name(_ document: YAMLDocument) throws -> String {
    let name = try document.text("name")
    let plain = name.utf8.allSatisfy {
      (48...57).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "-")
    }
    guard plain, (1...40).contains(name.utf8.count) else {
      throw document.refusal(
        "name", "'\(name)' cannot be a tournament's name",
        hint: "use up to 40 lower-case letters, digits and '-'")
    }
    return name
  }

  /// A list of distinct texts with at least one.
  static func list(_ key: String, _ document: YAMLDocument) throws -> [String] {
    let texts = try document.texts(key)
    guard !texts.isEmpty else {
      throw document.refusal(key, "'\(key)' is empty", hint: "leave it out for the default")
    }
    guard Set(texts).count == texts.count else {
      throw document.refusal(key, "'\(key)' names something twice", hint: "name it once")
    }
    return texts
  }

  private static func seeds(_ document: YAMLDocument) throws -> [UInt64] {
    let numbers = try document.texts("seeds").map { text -> UInt64 in
      guard let number = Int(text) else {
        throw document.refusal("seeds", "'\(text)' is not a seed", hint: "seeds are whole numbers")
      }
      return try seed(number, "seeds", document)
    }
    guard !numbers.isEmpty, Set(numbers).count == numbers.count else {
      throw document.refusal("seeds", "'seeds' must be different whole numbers", hint: nil)
    }
    return numbers
  }

  static func seed(_ number: Int, _ key: String, _ document: YAMLDocument) throws
    -> UInt64
  {
    // Readers of JSON lose digits of larger whole numbers.
    guard (0..<(1 << 53)).contains(number) else {
      throw document.refusal(key, "a seed must be from 0 to 2^53 - 1, got \(number)", hint: nil)
    }
    return UInt64(number)
  }

  static func positive(_ key: String, _ document: YAMLDocument, most: Int) throws -> Int {
    let number = try document.integer(key)
    guard (1...most).contains(number) else {
      throw document.refusal(key, "'\(key)' must be from 1 to \(most), got \(number)", hint: nil)
    }
    return number
  }
}
