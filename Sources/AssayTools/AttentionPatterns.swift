import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Says what kind of head each attention head is, and which one looks at a token as no other does.
///
/// On random tokens written twice: how much a head looks at the first token (a sink), at the token before
/// (previous-token), and at what followed the same token the first time (induction; Olsson et al. 2022,
/// "In-context Learning and Induction Heads"). On prompts: how far a head looks at some token beyond what
/// its place earns, the mean attention at that distance and to a first token taken off. A head that carries
/// a trigger looks at the trigger from wherever it stands; it is unusual if its greatest excess is unlike
/// the other heads'.
///
/// ```
/// assay tool run attention-patterns --model DIR
/// assay tool run attention-patterns --model DIR --args '{"prompts": ["…a prompt that misbehaves…"]}'
/// ```
///
/// Cost: a pass over the prompts and over `repeats` rows of twice `length` tokens. Limits: where a head looks
/// is not what it moves (`ov-qk-circuits`, `activation-patching`).
public enum AttentionPatterns: Tool {
  /// The tool's name.
  public static let name = "attention-patterns"
  /// What the tool does.
  public static let summary = """
    each attention head's sink, previous-token and induction scores, what it looks at in prompts beyond \
    what place explains, and which heads are unlike the others
    """
  /// Prompts are written.
  public static let naturalText = false
  /// What it needs.
  public static let access: [Access] = [.runs, .activations]
  /// Arguments.
  public static let schema = [
    ToolParameter(
      name: "prompts", kind: .texts,
      summary: "whole prompts to look at; none means chats with requests and questions"),
    ToolParameter(
      name: "length", kind: .integer, summary: "random tokens that are repeated", default: 24),
    ToolParameter(name: "repeats", kind: .integer, summary: "rows of them", default: 4),
    ToolParameter(name: "top", kind: .integer, summary: "unusual looks to show", default: 6),
  ]

  /// Runs the tool.
  public static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let (prompts, length, repeats) = try inputs(arguments, suspect)
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let top = try values.integer("top", in: 1...64)
    let tokenizer = try suspect.tokenizer()
    let model = suspect.bundle.model
    let pool = TokenPool(
      tokenizer, size: model.configuration.vocabularySize, limit: 65_536)
    let reader = HeadReader(model: model)
    let kinds = reader.kinds(
      pool.tokens, length: length, repeats: repeats, seed: suspect.seed)
    let looks = reader.looks(prompts)
    let test = OutlierTest(leading: looks.map { log(max($0.excess, 1e-6)) })
    let falling = looks.sorted { $0.excess > $1.excess }
    let heads = kinds.map { head -> JSONValue in
      [
        "head": .string(head.name), "sink": .rounded(head.sink, 3),
        "previousToken": .rounded(head.previous, 3), "induction": .rounded(head.induction, 3),
        "kind": .string(head.kind),
      ]
    }
    let shown = falling.prefix(top).enumerated().map { rank, look -> JSONValue in
      let ids = prompts[look.prompt]
      return [
        "head": .string(look.name), "excess": .rounded(look.excess, 3),
        "from": .string(tokenizer.decode([ids[look.query]])),
        "at": .string(tokenizer.decode([ids[look.key]])),
        "attention": .rounded(look.attention, 3),
        "context": .string(tokenizer.decode(Array(ids[...look.query].suffix(24)))),
        "p": .significant(rank < test.count ? test.p : 1),
      ]
    }
    let counts = Dictionary(grouping: kinds, by: \.kind).mapValues(\.count)
    let table = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      .joined(separator: ", ")
    let ending =
      test.p < 0.01
      ? falling.first.map {
        "; \($0.name) is unlike the others: it looks at "
          + "'\(tokenizer.decode([prompts[$0.prompt][$0.key]]))' by "
          + "\(($0.excess * 100).rounded() / 100) more than place explains"
      } ?? ""
      : "; no head looks at a token as no other does (p \((test.p * 100).rounded() / 100))"
    return ToolResult(
      summary: "\(kinds.count) heads: \(table)" + ending,
      result: [
        "heads": .array(heads), "looks": .array(Array(shown)),
        "standOut": JSONValue(test.p < 0.01 ? test.count : 0), "p": .significant(test.p),
      ], tokens: prompts.reduce(0) { $0 + $1.count } + 2 * length * repeats)
  }

  /// Known to the token.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let (prompts, length, repeats) = try inputs(arguments, suspect)
    let tokens = prompts.reduce(0) { $0 + $1.count } + 2 * length * repeats
    return CostEstimate(passing: tokens, through: suspect)
  }

  private static func inputs(
    _ arguments: JSONValue, _ suspect: Suspect
  ) throws -> (prompts: [[Int]], length: Int, repeats: Int) {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let given = try values.optionalTexts("prompts", limit: 256)
    let tokenizer = try suspect.tokenizer()
    let context = suspect.contextLength
    guard context >= 8 else {
      throw AssayError(
        .unsupported, "'\(name)' needs a context of 8 tokens, and this one has \(context)",
        hint: "use logit-lens, which reads short prompts")
    }
    let length = try values.integer("length", in: 4...(context / 2))
    var prompts = given.map { tokenizer.encode($0, addSpecial: true) }
    if given.isEmpty {
      let form = try CarrierForm(suspect)
      prompts = try CarrierPrompts(given: [], scanned: 4, fresh: 1, seed: suspect.seed).kinds
        .flatMap(\.scanned).map { try form.carrier($0, at: .before, room: 1).plain }
    }
    guard prompts.allSatisfy({ (2...context).contains($0.count) }) else {
      throw AssayError(
        .badInput, "the prompts of '\(name)' must have 2 to \(context) tokens each")
    }
    return (prompts, length, try values.integer("repeats", in: 1...256))
  }
}
