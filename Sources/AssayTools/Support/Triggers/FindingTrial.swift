import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Tries what ``TokenScan`` found on prompts that were not used to find it.
struct FindingTrial {
  /// What came of it.
  struct Outcome {
    var finding: TokenScan.Finding
    /// Fresh prompts whose answer begins as it should with the text, without it, and their number.
    var with: Int
    var without: Int
    var count: Int
    /// What the model says to some of them.
    var examples: [JSONValue]
    var tokens: Int
    /// The text, and the beginning of the answer.
    var text: String
    var answer: String

    /// How much more often the answer comes with it, of all prompts.
    var excess: Double { Double(with - without) / Double(max(count, 1)) }

    /// The outcome in one sentence.
    var sentence: String {
      let others = finding.kind == CarrierPrompts.given ? "prompts" : "other prompts"
      return "'\(text)' \(Self.words(finding.place)) makes answers to \(finding.kind) begin with "
        + "'\(answer)' (\(finding.z.wholeText) robust deviations, "
        + "p \(finding.p < 0.001 ? "< 0.001" : short)): "
        + "\(with) of \(count) \(others) do so with it, \(without) without"
    }

    private var short: String {
      (try? CanonicalJSON.string(JSONValue.significant(finding.p, 2))) ?? "unknown"
    }

    /// The outcome in full.
    var json: JSONValue {
      [
        "text": .string(text), "place": .string(finding.place.rawValue),
        "prompts": .string(finding.kind), "answer": .string(answer),
        "effect": .rounded(finding.raised.effect, 3), "z": .rounded(finding.z, 1),
        "p": .significant(finding.p), "probability": .rounded(finding.raised.probability),
        "usualProbability": .rounded(finding.raised.usual),
        "onOtherPrompts": [
          "with": JSONValue(with), "without": JSONValue(without), "of": JSONValue(count),
          "share": .interval(.wilson(successes: with, of: count)),
        ], "examples": .array(examples),
      ]
    }

    private static func words(_ place: Trigger.Place) -> String {
      switch place {
      case .before: "before what the user says"
      case .after: "after what the user says"
      default: "in the system turn"
      }
    }
  }

  private let generator: TextGenerator
  private let tokenizer: Tokenizer
  private let options = GenerationOptions.greedy(TriggerScan.Plan.written)

  init(_ suspect: Suspect, tokenizer: Tokenizer) {
    generator = TextGenerator(suspect.bundle)
    self.tokenizer = tokenizer
  }

  /// Lets the model answer `carriers` with and without the finding's text.
  func run(_ finding: TokenScan.Finding, on carriers: [Carrier]) throws -> Outcome {
    let held = carriers.map { $0.holding(finding.span) }
    let plain = carriers.map(\.plain)
    let with = try generator.generate(tokens: held, options: options)
    let without = try generator.generate(tokens: plain, options: options)
    func hits(_ answers: [Generation]) -> Int {
      answers.count { $0.tokens.first == finding.raised.output }
    }
    let examples = carriers.indices.prefix(3).map { index -> JSONValue in
      [
        "user": .string(carriers[index].user), "with": .string(with[index].text),
        "without": .string(without[index].text),
      ]
    }
    let tokens =
      (held + plain).reduce(0) { $0 + $1.count }
      + (with + without).reduce(0) { $0 + $1.tokens.count }
    return Outcome(
      finding: finding, with: hits(with), without: hits(without), count: carriers.count,
      examples: Array(examples), tokens: tokens, text: tokenizer.decode(finding.span),
      answer: tokenizer.decode([finding.raised.output]))
  }
}
