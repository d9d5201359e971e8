import AssayChat
import AssayCore

/// Which model an agent is, and how long it may go on.
///
/// | environment | default |
/// |---|---|
/// | `ASSAY_AGENT_MODEL` | none: it must be named |
/// | `ASSAY_AGENT_ENDPOINT` | `anthropic` where only ANTHROPIC_API_KEY is set, else `openai` |
/// | `OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL` | the vendor's own |
/// | `OPENAI_API_KEY`, `ANTHROPIC_API_KEY` | none; `ASSAY_AGENT_KEY_VARIABLE` names another variable |
/// | `ASSAY_AGENT_TURNS` | 40 answers of the model in a run |
/// | `ASSAY_AGENT_SECONDS` | 3600 seconds a run |
/// | `ASSAY_AGENT_TIMEOUT`, `_ATTEMPTS`, `_BACKOFF` | 120 seconds a request, 5 tries, 0.5 seconds |
/// | `ASSAY_AGENT_CONTEXT` | 60000 characters of conversation, older turns being summed up |
/// | `ASSAY_AGENT_TOKENS` | 4096 tokens of an answer |
/// | `ASSAY_AGENT_TEMPERATURE` | the model's own |
/// | `ASSAY_AGENT_RUNS` | 3 runs of `super-agent` |
struct AgentSettings: Sendable {
  var chat: ChatSettings
  var turns: Int
  var seconds: Double
  /// Characters.
  var context: Int
  var runs: Int

  private static let prefix = "ASSAY_AGENT"

  /// Reads the environment for the auditor called `name`.
  ///
  /// Throws `AssayError(.usage)` naming the variable that is missing or out of range.
  init(_ environment: [String: String], name: String) throws {
    func number(
      _ word: String, _ standard: Double, _ range: ClosedRange<Double>
    ) throws -> Double {
      let variable = "\(Self.prefix)_\(word)"
      guard let text = environment[variable], !text.isEmpty else { return standard }
      guard let value = Double(text), range.contains(value) else {
        throw AssayError(
          .usage,
          "\(variable) must be a number from \(range.lowerBound) to \(range.upperBound), got '\(text)'"
        )
      }
      return value
    }
    var options: JSONValue = [
      "timeout": .number(try number("TIMEOUT", 120, 0.1...86_400)),
      "attempts": .number(try number("ATTEMPTS", 5, 1...100).rounded()),
      "backoff": .number(try number("BACKOFF", 0.5, 0...3600)),
    ]
    if let variable = environment["\(Self.prefix)_KEY_VARIABLE"], !variable.isEmpty {
      options["key-variable"] = .string(variable)
    }
    chat = try ChatSettings(
      options, environment: environment,
      speaker: ChatSettings.Speaker(
        role: "auditor", name: name, prefix: Self.prefix,
        naming: "name one that can call functions in \(Self.prefix)_MODEL"))
    chat.mostTokens = Int(try number("TOKENS", 4096, 16...1_000_000))
    chat.temperature = try environment["\(Self.prefix)_TEMPERATURE"].flatMap {
      $0.isEmpty ? nil : try number("TEMPERATURE", 1, 0...2)
    }
    turns = Int(try number("TURNS", 40, 1...10_000))
    seconds = try number("SECONDS", 3600, 0.1...1e7)
    context = Int(try number("CONTEXT", 60_000, 2000...1e9))
    runs = Int(try number("RUNS", 3, 2...100))
  }
}
