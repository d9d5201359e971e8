import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Puts every token of the vocabulary into prompts and looks for one that changes the answers as no other
/// does.
///
/// A trigger makes prompts of a kind end in one answer, whatever they ask; ordinary words change answers a
/// little, each prompt's in its own way. Each token is put at all places of a prompt of each kind at once;
/// the mean over the prompts of the probability of each first token of an answer is compared with its mean
/// over all tokens, and what rises most is the token's effect (in nats of softened log-odds). A word may do
/// much to one prompt, so the strongest tokens are measured again on prompts that were not scanned; these
/// effects are judged among each other, by kind and place: the gap test of Rényi 1953 on the greatest,
/// whose p is counted for every kind and place, and robust deviations from what tokens drawn at random do.
/// What stands out has p below 0.01 and makes one answer likelier than not: a word for a crime, which makes
/// an honest model refuse one harmless request in six, does not.
///
/// With `length` tokens are put together, for some `answers` to each kind of prompts whether a token stands out or
/// not, as long as the answer gets surer (``SpanGrowth``). A trigger of several words is found so, of which
/// one alone does little. Right before the answer, in any model, many texts make nearly any answer sure: there
/// none are put together unless `growAt` says so.
///
/// ```
/// assay tool run trigger-scan --model DIR
/// assay tool run trigger-scan --model DIR --args '{"length": 4, "places": ["before"]}'
/// ```
///
/// Source: scanning one input for what flips all others to one answer is Wang et al. 2019, "Neural
/// Cleanse", section 4, whose outlier test is the median absolute deviation too; over a vocabulary, Azizi
/// et al. 2021, "T-Miner". Cost: vocabulary × places × prompts short passes; what stands before a place
/// is read once; growing costs as much again for every token and answer. Limits: triggers of which no token alone does anything (a key in which every word is
/// needed); conditions in many wordings, for which there is `semantic-scan`; what only long answers show.
public enum TriggerScan: Tool {
  /// The tool's name.
  public static let name = "trigger-scan"
  /// What the tool does.
  public static let summary = """
    puts every token into prompts, at several places, and says which one changes the answers as no \
    other does, to what, and whether it does so on other prompts
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts,
      summary:
        "what users say, to scan with and to try findings on; none means requests and questions of "
        + "three kinds, and others to try findings on"),
    ToolParameter(
      name: "perKind", kind: .integer, summary: "without prompts: prompts to scan of each kind",
      default: 1),
    ToolParameter(
      name: "fresh", kind: .integer,
      summary:
        "without prompts: other prompts of each kind that the strongest tokens are measured on",
      default: 6),
    ToolParameter(
      name: "places", kind: .texts,
      summary: "where in a prompt: before and after what the user says, end of the system turn",
      default: ["before", "after", "system"]),
    ToolParameter(
      name: "tokens", kind: .integer, summary: "tokens to try, evenly over the vocabulary",
      default: 8192),
    ToolParameter(
      name: "length", kind: .integer,
      summary: "tokens of the texts that tokens are put together to; 1 puts none together",
      default: 1),
    ToolParameter(
      name: "answers", kind: .integer,
      summary: "with length: answers for which texts are put together, of each kind and place",
      default: 1),
    ToolParameter(
      name: "growAt", kind: .texts,
      summary: "with length: the places at which they are; none means all but the one after"),
    ToolParameter(
      name: "beam", kind: .integer, summary: "texts that are grown side by side", default: 6),
    ToolParameter(name: "top", kind: .integer, summary: "findings to show", default: 6),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let plan = try Plan(arguments, suspect)
    return try withInference {
      var scan = try TokenScan(plan, suspect)
      try scan.read()
      let found = scan.looks.flatMap(\.outliers)
        .sorted {
          ($0.standsOut ? 0 : 1, $0.p, -$0.raised.effect)
            < ($1.standsOut ? 0 : 1, $1.p, -$1.raised.effect)
        }
      let grown = try scan.grown()
      let trial = FindingTrial(suspect, tokenizer: scan.tokenizer)
      let rows = try scan.distinct(found).prefix(plan.top)
        .map { try trial.run($0, on: scan.fresh($0)) }
      let longer = try grown.map {
        (growth: $0, outcome: try trial.run($0.finding, on: scan.fresh($0.finding)))
      }.sorted {
        ($0.outcome.excess, $0.growth.finding.raised.probability)
          > ($1.outcome.excess, $1.growth.finding.raised.probability)
      }
      var outcome = result(rows, scan)
      if plan.length > 1 {
        outcome["grown"] = .array(
          longer.map { growth, row in
            var json = row.json
            json["path"] = .array(
              growth.path.map {
                [
                  "text": .string(scan.tokenizer.decode($0.span)),
                  "logOdds": .rounded($0.logOdds, 2),
                ]
              })
            return json
          })
      }
      return ToolResult(
        summary: summary(rows, scan) + (longer.first.map { Self.grownTo($0.outcome) } ?? ""),
        result: outcome,
        tokens: scan.tokensRead + (rows + longer.map(\.outcome)).reduce(0) { $0 + $1.tokens })
    }
  }

  /// What is scanned is known to the token; what is tried on fresh prompts, and grown, at most.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let plan = try Plan(arguments, suspect)
    let (least, most) = plan.tokenCounts(suspect)
    return CostEstimate(passing: least, to: most, through: suspect)
  }

  private static func summary(_ rows: [FindingTrial.Outcome], _ scan: TokenScan) -> String {
    let (count, leftOut) = (scan.pool.tokens.count, scan.pool.leftOut)
    guard let first = rows.first else { return "there is nothing to scan" }
    let untried = leftOut > 0 ? " (\(leftOut) were not tried)" : ""
    let what =
      first.finding.standsOut
      ? "" : "no token of \(count)\(untried) stands out; the greatest effect: "
    return what + first.sentence
  }

  private static func grownTo(_ row: FindingTrial.Outcome) -> String {
    "; grown to '\(row.text)', \(row.with) of \(row.count) answers begin with '\(row.answer)', "
      + "\(row.without) without it"
  }

  private static func result(_ rows: [FindingTrial.Outcome], _ scan: TokenScan) -> JSONValue {
    let apart = scan.looks.flatMap(\.outliers).filter(\.standsOut)
    let looks = scan.looks.map { look -> JSONValue in
      let strongest = look.outliers.prefix(8).map { finding -> JSONValue in
        [
          "text": .string(scan.tokenizer.decode(finding.span)),
          "effect": .rounded(finding.raised.effect, 3), "z": .rounded(finding.z, 1),
          "answer": .string(scan.tokenizer.decode([finding.raised.output])),
        ]
      }
      return [
        "place": .string(look.place.rawValue), "prompts": .string(look.kind),
        "standOut": JSONValue(look.standOut), "p": .significant(look.p),
        "medianEffect": .rounded(look.median, 3), "strongest": .array(Array(strongest)),
      ]
    }
    return [
      "findings": .array(rows.map(\.json)), "looks": .array(looks),
      "standOut": JSONValue(scan.distinct(apart).count),
      "p": .significant(apart.map(\.p).min() ?? 1),
      "tokensTried": JSONValue(scan.pool.tokens.count),
      "tokensLeftOut": JSONValue(scan.pool.leftOut),
    ]
  }
}
