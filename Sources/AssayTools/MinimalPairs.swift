import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

/// Changes one part of a prompt and measures what that does to the next token, against neutral changes.
///
/// Every frame holds `{}`. Filled with each of the `neutral` texts it says how much the distribution of the
/// next token moves when nothing of note changes: the Jensen-Shannon divergence of each neutral filling
/// from the mean of the others. A variant's effect is its divergence from the mean of all neutral ones,
/// and its z is how far that lies above the neutral effects, frame by frame: a robust scale, so that one
/// neutral text that is not neutral does not hide another. The median over frames is reported: an effect
/// counts where it shows in most frames. With each variant stand the tokens that it makes likelier.
///
/// Source: minimal pairs, Linzen et al. 2016; the robust z is (x - median) / (1.4826 MAD), Rousseeuw and Croux
/// 1993.
///
/// Cost: one pass over each frame with each filling. Limits: the first token of the answer only.
public enum MinimalPairs: Tool {
  /// Most fillings of one call, neutral ones included, times frames.
  static let mostPrompts = 16_384
  /// A neutral spread below this is read as this: rounding, and no effect.
  static let leastSpread = 1e-4

  /// The tool's name.
  public static let name = "minimal-pairs"
  /// What the tool does.
  public static let summary = """
    the effect of one changed part of a prompt on the next token's distribution, against the \
    spread of neutral changes
    """
  /// Prompts are the caller's own.
  public static let naturalText = false
  /// Frames and fillings are.
  public static let writtenInputs = true
  /// What it needs.
  public static let access: [Access] = [.runs]
  /// Arguments.
  public static let schema =
    [
      ToolParameter(
        name: "frames", kind: .texts, required: true,
        summary: "prompts with {} where something changes, 1 to 256; with chat, users' turns"),
      ToolParameter(
        name: "variants", kind: .texts, required: true, summary: "what is put there, to be tested"),
      ToolParameter(
        name: "neutral", kind: .texts, required: true,
        summary: "what is put there to know the ordinary spread, at least 4 texts"),
      ToolParameter(
        name: "top", kind: .integer, summary: "variants to show, greatest effect first",
        default: 20),
    ] + AskedPrompts.parameters

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let call = try Call(arguments, suspect)
    let tokenizer = try suspect.tokenizer()
    let generator = TextGenerator(suspect.bundle)
    var effects = [[Double]](repeating: [], count: call.variants.count)
    var scores = effects
    var shift: Tensor?
    var tokens = 0
    for frame in call.frames {
      let prompts = try call.prompts(frame, suspect)
      tokens += suspect.tokenCount(prompts)
      let measured = try withInference {
        let all = try generator.nextTokenLogProbabilities(prompts).exp()  // [neutral + variants, V]
        return compare(all, neutral: call.neutral.count)
      }
      for index in call.variants.indices {
        let effect = measured.effects[index]
        effects[index].append(effect)
        scores[index].append((effect - measured.centre) / measured.scale)
      }
      shift = shift.map { $0 + measured.shift } ?? measured.shift
    }
    var rows: [Row] = []
    for (index, text) in call.variants.enumerated() {
      let gained = shift.map { $0[index].topK(3).indices.ints() } ?? []
      let frames = scores[index].filter { score in score > 3 }
      rows.append(
        Row(
          text: text, z: OutlierTest.median(scores[index]),
          effect: OutlierTest.median(effects[index]),
          frames: frames.count, likelier: gained.map { tokenizer.decode([$0]) }))
    }
    rows.sort { $0.z == $1.z ? $0.text < $1.text : $0.z > $1.z }
    let told = rows.first.map {
      "; the greatest effect has “\($0.text)”, z \(($0.z * 10).rounded() / 10)"
    }
    let summary =
      "\(call.variants.count) variants in \(call.frames.count) frames against "
      + "\(call.neutral.count) neutral ones\(told ?? "")"
    return ToolResult(
      summary: summary.replacing("\n", with: " "),
      result: [
        "frames": JSONValue(call.frames.count),
        "variants": .array(rows.prefix(call.top).map { $0.value }),
        "all": .array(rows.map { $0.brief }),
      ], tokens: tokens, weightReads: 0)
  }

  /// What one variant does.
  private struct Row {
    var text: String
    var z: Double
    var effect: Double
    var frames: Int
    var likelier: [String]

    var value: JSONValue {
      [
        "text": .string(text), "z": .rounded(z, 2), "effect": .significant(effect),
        "framesWithEffect": JSONValue(frames), "likelier": JSONValue(likelier),
      ]
    }

    var brief: JSONValue { ["text": .string(text), "z": .rounded(z, 2)] }
  }

  /// Every frame with every filling, to the token.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    let call = try Call(arguments, suspect)
    let tokens = try call.frames.reduce(0) {
      $0 + suspect.tokenCount(try call.prompts($1, suspect))
    }
    return CostEstimate(passing: tokens, through: suspect)
  }

  /// How far variants lie from the neutral rows of `all` `[neutral + variants, V]`, with the ordinary
  /// effect of neutral rows and its spread; `shift` `[variants, V]` is what each variant adds.
  private static func compare(
    _ all: Tensor, neutral n: Int
  ) -> (effects: [Double], centre: Double, scale: Double, shift: Tensor) {
    let neutral = all.narrow(0, start: 0, length: n)  // [n, V]
    let variants = all.narrow(0, start: n, length: all.shape[0] - n)  // [variants, V]
    let mean = neutral.mean([0], keep: true)  // [1, V]
    let others = (mean * Double(n) - neutral) / Double(n - 1)  // [n, V]: the mean without each
    let ordinary = divergence(neutral, others)
    let centre = OutlierTest.median(ordinary)
    let scale = max(1.4826 * OutlierTest.median(ordinary.map { abs($0 - centre) }), leastSpread)
    return (divergence(variants, mean), centre, scale, variants - mean)
  }

  /// Jensen-Shannon divergence of each row of `p` `[N, V]` from that of `q` `[N or 1, V]`, in nats,
  /// 0 to ln 2.
  static func divergence(_ p: Tensor, _ q: Tensor) -> [Double] {
    let middle = (p + q) * 0.5  // [N, V]
    func part(_ one: Tensor) -> Tensor {
      (one * ((one + 1e-12) / (middle + 1e-12)).log()).sum([1])  // [N]
    }
    return ((part(p) + part(q)) * 0.5).doubles().map { max(0, $0) }
  }

  private struct Call {
    var frames: [String]
    var variants: [String]
    var neutral: [String]
    var top: Int
    var arguments: JSONValue

    init(_ arguments: JSONValue, _ suspect: Suspect) throws {
      let values = try ToolArguments(arguments, tool: name, schema: schema)
      self.arguments = arguments
      frames = try values.texts("frames", limit: 256)
      variants = try values.texts("variants", limit: mostPrompts)
      neutral = try values.texts("neutral", limit: 256)
      top = try values.integer("top", in: 1...mostPrompts)
      let system = arguments["system"]?.string ?? ""
      if let bad = frames.first(where: { !$0.contains("{}") && !system.contains("{}") }) {
        throw AssayError(
          .badInput, "a frame of '\(name)' has no {}: '\(bad.prefix(40))'",
          hint: "write {} where something changes, there or in 'system'")
      }
      guard neutral.count >= 4 else {
        throw AssayError(
          .badInput, "'\(name)' needs at least 4 neutral texts, got \(neutral.count)",
          hint: "they say how much the answer moves when nothing of note changes")
      }
      let count = frames.count * (variants.count + neutral.count)
      guard count <= mostPrompts else {
        throw AssayError(
          .badInput, "'\(name)' takes \(mostPrompts) prompts at most, got \(count)",
          hint: "give fewer frames or variants")
      }
    }

    /// A frame with the neutral fillings, then with the variants.
    func prompts(_ frame: String, _ suspect: Suspect) throws -> [String] {
      try (neutral + variants).flatMap { filling in
        var filled = arguments
        if let system = arguments["system"]?.string {
          filled["system"] = .string(system.replacing("{}", with: filling))
        }
        return try AskedPrompts.make(
          [frame.replacing("{}", with: filling)], filled, tool: name, suspect)
      }
    }
  }
}
