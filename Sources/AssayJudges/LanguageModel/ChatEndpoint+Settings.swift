import AssayCore
import Foundation

extension ChatEndpoint {
  /// Which dialect an endpoint speaks.
  enum Kind: String, Sendable {
    case openAI = "openai"
    case anthropic
  }

  /// Where the model is and how patiently it is asked.
  ///
  /// | option | environment | default |
  /// |---|---|---|
  /// | `endpoint` | `ASSAY_JUDGE_ENDPOINT` | `anthropic` where only ANTHROPIC_API_KEY is set, else `openai` |
  /// | `model` | `ASSAY_JUDGE_MODEL` | none: it must be named |
  /// | `base-url` | `OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL` | the vendor's own |
  /// | `key-variable` | | `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`: the variable that holds the key |
  /// | `repeats` | | 3 |
  /// | `timeout` | | 60 seconds for one request |
  /// | `attempts` | | 5 tries of a request |
  ///
  /// The key itself is no option: a command line can be read by others.
  struct Settings: Sendable {
    var kind: Kind
    var base: URL
    var model: String
    var keyVariable: String
    var key: String?
    var repeats = 3
    var timeout = 60.0
    var attempts = 5
    var backoff = 0.5
    var longestPause = 60.0

    /// The base address without user name, password and query, for messages.
    var address: String {
      guard var parts = URLComponents(url: base, resolvingAgainstBaseURL: false) else {
        return "the address"
      }
      parts.user = nil
      parts.password = nil
      parts.query = nil
      return parts.string ?? "the address"
    }

    /// Reads options and environment; throws `AssayError(.usage)` naming what is missing or unknown.
    init(_ options: JSONValue, environment: [String: String]) throws {
      let known = [
        "endpoint", "model", "base-url", "key-variable", "repeats", "timeout", "attempts",
        "backoff",
      ]
      let given = options.object ?? [:]
      if let stranger = given.keys.sorted().first(where: { !known.contains($0) }) {
        throw AssayError(
          .usage, "judge '\(LanguageModelJudge.name)' has no option '\(stranger)'",
          hint: "its options are: \(known.joined(separator: ", "))")
      }
      func text(_ option: String, _ variable: String) -> String? {
        let value = given[option]?.string ?? environment[variable]
        return value.flatMap { $0.isEmpty ? nil : $0 }
      }
      func number(_ option: String, _ standard: Double, atLeast least: Double) throws -> Double {
        guard let value = given[option] else { return standard }
        guard let number = value.double, number >= least, number <= 86_400 else {
          throw AssayError(.usage, "option '\(option)' must be a number of at least \(least)")
        }
        return number
      }
      let onlyAnthropic =
        environment["OPENAI_API_KEY"] == nil && environment["ANTHROPIC_API_KEY"] != nil
      let word =
        text("endpoint", "ASSAY_JUDGE_ENDPOINT") ?? (onlyAnthropic ? "anthropic" : "openai")
      guard let kind = Kind(rawValue: word) else {
        throw AssayError(
          .usage, "unknown endpoint '\(word)'", hint: "known: openai, anthropic")
      }
      self.kind = kind
      let isOpenAI = kind == .openAI
      guard let model = text("model", "ASSAY_JUDGE_MODEL") else {
        throw AssayError(
          .usage, "no model is named that could judge",
          hint: "name one with --option model=NAME, or set ASSAY_JUDGE_MODEL")
      }
      self.model = model
      let address =
        text("base-url", isOpenAI ? "OPENAI_BASE_URL" : "ANTHROPIC_BASE_URL")
        ?? (isOpenAI ? "https://api.openai.com/v1" : "https://api.anthropic.com")
      guard let base = URL(string: address), ["http", "https"].contains(base.scheme ?? ""),
        base.host != nil
      else {
        throw AssayError(
          .usage, "the judge's base address is not one", hint: "it begins with https://")
      }
      self.base = base
      keyVariable =
        given["key-variable"]?.string ?? (isOpenAI ? "OPENAI_API_KEY" : "ANTHROPIC_API_KEY")
      key = environment[keyVariable].flatMap { $0.isEmpty ? nil : $0 }
      repeats = Int(try number("repeats", 3, atLeast: 1))
      timeout = try number("timeout", 60, atLeast: 0.1)
      attempts = Int(try number("attempts", 5, atLeast: 1))
      backoff = try number("backoff", 0.5, atLeast: 0)
    }
  }
}
