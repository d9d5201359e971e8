import AssayCore
import Foundation

/// Where a chat model is and how patiently it is asked.
///
/// | option | environment | default |
/// |---|---|---|
/// | `endpoint` | `ASSAY_…_ENDPOINT` | `anthropic` where only ANTHROPIC_API_KEY is set, else `openai` |
/// | `model` | `ASSAY_…_MODEL` | none: it must be named |
/// | `base-url` | `OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL` | the vendor's own |
/// | `key-variable` | | `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`: the variable that holds the key |
/// | `timeout` | | 60 seconds for one request |
/// | `attempts` | | 5 tries of a request |
/// | `backoff` | | 0.5 seconds before the second try, twice as long before each further one |
///
/// The key itself is no option: a command line can be read by others.
public struct ChatSettings: Sendable {
  /// Which dialect an endpoint speaks.
  public enum Kind: String, Sendable {
    /// That of OpenAI's chat completions, which most servers speak.
    case openAI = "openai"
    /// That of Anthropic's messages.
    case anthropic
  }

  /// Who asks, which decides the names of variables and the words of messages.
  public struct Speaker: Hashable, Sendable {
    /// What messages call it, such as "judge".
    public var role: String
    /// The name in the catalogue, such as "language-model".
    public var name: String
    /// What environment variables begin with, such as "ASSAY_JUDGE".
    public var prefix: String
    /// How the model is named, for a hint.
    public var naming: String

    /// Makes a speaker.
    public init(role: String, name: String, prefix: String, naming: String) {
      self.role = role
      self.name = name
      self.prefix = prefix
      self.naming = naming
    }
  }

  /// The names of all options.
  public static let options = [
    "endpoint", "model", "base-url", "key-variable", "timeout", "attempts", "backoff",
  ]

  /// Who asks.
  public var speaker: Speaker
  /// The dialect.
  public var kind: Kind
  /// The address that paths are added to.
  public var base: URL
  /// The model.
  public var model: String
  /// The variable that holds the key, for messages.
  public var keyVariable: String
  /// The key.
  public var key: String?
  /// Seconds for one request.
  public var timeout = 60.0
  /// Tries of a request.
  public var attempts = 5
  /// Seconds before the second try.
  public var backoff = 0.5
  /// Most seconds between two tries, whatever a server asks for.
  public var longestPause = 60.0
  /// Most tokens of an answer.
  public var mostTokens = 1024
  /// How much chance there is in an answer; nil leaves it to the model.
  ///
  /// Where an endpoint refuses it, as those of some models do, it is left out.
  public var temperature: Double? = 0

  /// The base address without user name, password and query, for messages.
  public var address: String {
    guard var parts = URLComponents(url: base, resolvingAgainstBaseURL: false) else {
      return "the address"
    }
    parts.user = nil
    parts.password = nil
    parts.query = nil
    return parts.string ?? "the address"
  }

  /// Reads options and environment; `further` are options that somebody else reads.
  ///
  /// Throws `AssayError(.usage)` naming what is missing, unknown or out of range.
  public init(
    _ options: JSONValue, environment: [String: String], speaker: Speaker, further: [String] = []
  ) throws {
    let known = Self.options + further
    let given = options.object ?? [:]
    if let stranger = given.keys.sorted().first(where: { !known.contains($0) }) {
      throw AssayError(
        .usage, "\(speaker.role) '\(speaker.name)' has no option '\(stranger)'",
        hint: "its options are: \(known.joined(separator: ", "))")
    }
    func text(_ option: String, _ variable: String) -> String? {
      let value = given[option]?.string ?? environment[variable]
      return value.flatMap { $0.isEmpty ? nil : $0 }
    }
    let onlyAnthropic =
      environment["OPENAI_API_KEY"] == nil && environment["ANTHROPIC_API_KEY"] != nil
    let word =
      text("endpoint", "\(speaker.prefix)_ENDPOINT") ?? (onlyAnthropic ? "anthropic" : "openai")
    guard let kind = Kind(rawValue: word) else {
      throw AssayError(.usage, "unknown endpoint '\(word)'", hint: "known: openai, anthropic")
    }
    guard let model = text("model", "\(speaker.prefix)_MODEL") else {
      throw AssayError(
        .usage, "no model is named for the \(speaker.role) '\(speaker.name)'", hint: speaker.naming)
    }
    let isOpenAI = kind == .openAI
    let address =
      text("base-url", isOpenAI ? "OPENAI_BASE_URL" : "ANTHROPIC_BASE_URL")
      ?? (isOpenAI ? "https://api.openai.com/v1" : "https://api.anthropic.com")
    guard let base = URL(string: address), ["http", "https"].contains(base.scheme ?? ""),
      base.host != nil
    else {
      throw AssayError(
        .usage, "the \(speaker.role)'s base address is not one", hint: "it begins with https://")
    }
    self.speaker = speaker
    self.kind = kind
    self.model = model
    self.base = base
    keyVariable =
      given["key-variable"]?.string ?? (isOpenAI ? "OPENAI_API_KEY" : "ANTHROPIC_API_KEY")
    key = environment[keyVariable].flatMap { $0.isEmpty ? nil : $0 }
    timeout = try Self.number("timeout", in: given, standard: 60, atLeast: 0.1)
    attempts = Int(try Self.number("attempts", in: given, standard: 5, atLeast: 1))
    backoff = try Self.number("backoff", in: given, standard: 0.5, atLeast: 0)
  }

  /// The option of that name as a number from `least` to a day's seconds.
  ///
  /// Throws `AssayError(.usage)` for anything else.
  public static func number(
    _ option: String, in given: [String: JSONValue], standard: Double, atLeast least: Double
  ) throws -> Double {
    guard let value = given[option] else { return standard }
    guard let number = value.double, number >= least, number <= 86_400 else {
      throw AssayError(
        .usage,
        "option '\(option)' must be a number from \(least) to 86400, got "
          + (value.double.map { "\($0)" } ?? value.kind))
    }
    return number
  }
}
