import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// The scan of ``SemanticScan``: every value of every family, in prompts of every kind.
struct ConditionScan {
  /// A value that makes an answer likely.
  struct Finding {
    var family: ConditionFamily
    var value: String
    var place: Trigger.Place
    var kind: String
    var raised: RaisedOutput
    /// Robust deviations from the family's median effect.
    var z: Double
    /// Chance of an effect so far above the others, counted for all looks.
    var p: Double

    /// Whether it is what a condition is: unlike its peers, and with it most prompts end in one answer.
    var standsOut: Bool { p < 0.01 && raised.probability >= 0.5 }
  }

  /// A family at one place of one kind of prompts.
  struct Look {
    var family: ConditionFamily
    var place: Trigger.Place
    var kind: String
    var p: Double
    var median: Double
    /// The values with the greatest effects, in falling order.
    var strongest: [Finding]
  }

  let families: [ConditionFamily]
  let tokenizer: Tokenizer
  /// Findings to show.
  let top: Int
  private(set) var looks: [Look] = []
  private(set) var tokensRead = 0
  private let prompts: CarrierPrompts
  private let places: [Trigger.Place]
  private let form: CarrierForm
  private let generator: TextGenerator
  private let quiet: Bool
  /// New tokens of an answer that is shown.
  private static let written = 12
  /// Other values that a finding is tried beside.
  private static let peers = 3

  init(_ arguments: JSONValue, _ suspect: Suspect) throws {
    let tool = SemanticScan.name
    let values = try ToolArguments(arguments, tool: tool, schema: SemanticScan.schema)
    prompts = try CarrierPrompts(values, seed: suspect.seed)
    top = try values.integer("top", in: 1...32)
    form = try CarrierForm(suspect)
    places = try form.places(
      values.texts("places", limit: CarrierForm.places.count), tool: tool)
    tokenizer = try suspect.tokenizer()
    generator = TextGenerator(suspect.bundle)
    quiet = suspect.quiet
    families = try Self.families(arguments, values, seed: suspect.seed)
  }

  private static func families(
    _ arguments: JSONValue, _ values: ToolArguments, seed: UInt64
  ) throws -> [ConditionFamily] {
    let tool = SemanticScan.name
    let given = try values.optionalTexts("values", limit: 512)
    if let template = arguments["template"]?.string {
      guard template.contains("{}"), !given.isEmpty else {
        throw AssayError(
          .badInput, "the argument 'template' of '\(tool)' needs {} and a list of 'values'",
          hint: "for example \"The user works for {}.\" with ten employers")
      }
      return [ConditionFamily(name: "given", values: given, wordings: [template])]
    }
    guard given.isEmpty else {
      throw AssayError(
        .badInput, "the argument 'values' of '\(tool)' needs a 'template'",
        hint: "a statement with {} where the value goes")
    }
    let all = ConditionFamily.all(seed: seed)
    let named = try values.optionalTexts("families", limit: 64)
    return try named.isEmpty
      ? all
      : named.map { name in
        guard let family = all.first(where: { $0.name == name }) else {
          throw AssayError(
            .badInput, "the argument 'families' of '\(tool)' has no family '\(name)'",
            hint: "families are \(all.map(\.name).joined(separator: ", "))")
        }
        return family
      }
  }

  private func statement(
    _ family: ConditionFamily, _ wording: String, _ value: String, _ place: Trigger.Place
  ) -> [Int] {
    let text = family.statement(wording, value)
    return tokenizer.encode(place == .before ? text : " " + text)
  }

  /// The prompts of one family at one place of one kind: by value, then wording, then prompt.
  private func rows(
    _ family: ConditionFamily, _ place: Trigger.Place, _ kind: CarrierPrompts.Kind
  ) throws -> [[Int]] {
    let spans = family.values.flatMap { value in
      family.scanned.map { statement(family, $0, value, place) }
    }
    let room = (spans.map(\.count).max() ?? 0) + Self.written
    let carriers = try kind.scanned.map { try form.carrier($0, at: place, room: room) }
    return spans.flatMap { span in carriers.map { $0.holding(span) } }
  }

  // MARK: Scanning

  /// Scans.
  mutating func read() throws {
    let total = families.count * places.count * prompts.kinds.count
    let progress = AssayCore.Progress("semantic scan", total: total, quiet: quiet)
    defer { progress.finish() }
    for family in families {
      for place in places {
        for kind in prompts.kinds {
          let rows = try rows(family, place, kind)
          let expected = try withInference { try generator.nextTokenLogProbabilities(tokens: rows) }
          tokensRead += rows.reduce(0) { $0 + $1.count }
          looks.append(look(family, place, kind.name, expected, of: total))
          progress.advance()
        }
      }
    }
  }

  private func look(
    _ family: ConditionFamily, _ place: Trigger.Place, _ kind: String, _ expected: Tensor,
    of total: Int
  ) -> Look {
    let count = family.values.count
    let raised = withInference {
      let mean = expected.exp().reshape([count, -1, expected.dim(1)]).mean(1)  // [values, V]
      return Self.raised(mean)
    }
    let effects = raised.map(\.effect)
    let test = OutlierTest(leading: effects, most: 3)
    let z = OutlierTest.robustZ(effects)
    let p = min(1, test.p * Double(total))
    let falling = effects.indices.sorted { effects[$0] > effects[$1] }
    let strongest = falling.prefix(max(test.count, 3)).enumerated().map { rank, index in
      Finding(
        family: family, value: family.values[index], place: place, kind: kind,
        raised: raised[index], z: z[index], p: rank < test.count ? p : 1)
    }
    return Look(
      family: family, place: place, kind: kind, p: p, median: OutlierTest.median(effects),
      strongest: strongest)
  }

  /// What each value raises most against the mean of the other values.
  private static func raised(_ mean: Tensor) -> [RaisedOutput] {
    let count = mean.dim(0)
    let best = mean.topK(min(RaisedOutput.looked, mean.dim(1)), dim: -1)
    let width = best.values.dim(1)
    let (outputs, own) = (best.indices.ints(), best.values.doubles())
    let sum = mean.sum(0).doubles()
    return (0..<count).compactMap { value in
      (value * width..<(value + 1) * width).map { place in
        RaisedOutput(
          output: outputs[place], probability: own[place],
          usual: max(0, sum[outputs[place]] - own[place]) / Double(max(count - 1, 1)))
      }.max { $0.effect < $1.effect }
    }
  }

  /// The strongest finding of each value.
  func distinct(_ found: [Finding]) -> [Finding] {
    var seen: Set<String> = []
    return found.filter { seen.insert("\($0.family.name)/\($0.value)").inserted }
  }

  /// Tokens of the scan, and of all that may follow.
  func tokenCounts() -> (least: Int, most: Int) {
    var least = 0
    var longest = 0
    for family in families {
      for place in places {
        for kind in prompts.kinds {
          // What does not fit is refused by the call itself.
          guard let rows = try? rows(family, place, kind) else { continue }
          least += rows.reduce(0) { $0 + $1.count }
          longest = max(longest, rows.map(\.count).max() ?? 0)
        }
      }
    }
    let fresh = prompts.kinds.map(\.fresh.count).max() ?? 0
    // A wording that was not scanned may be longer.
    let each = longest + 8 + Self.written
    return (least, least + top * fresh * (1 + Self.peers) * each)
  }

  // MARK: Trying

  /// Tries a finding on fresh prompts in a wording that was not scanned, beside other values.
  func tried(_ finding: Finding) throws -> ConditionOutcome {
    let family = finding.family
    let kind = prompts.kinds.first { $0.name == finding.kind }
    let others = family.values.filter { $0 != finding.value }
    let step = max(1, others.count / Self.peers)
    let peers = stride(from: 0, to: others.count, by: step).prefix(Self.peers).map { others[$0] }
    func rows(_ value: String) throws -> [[Int]] {
      let span = statement(family, family.tried, value, finding.place)
      return try (kind?.fresh ?? []).map {
        try form.carrier($0, at: finding.place, room: span.count + Self.written).holding(span)
      }
    }
    let own = try rows(finding.value)
    let other = try peers.flatMap(rows)
    let answers = try generator.generate(tokens: own + other, options: .greedy(Self.written))
    func hits(_ part: some Sequence<Generation>) -> Int {
      part.count { $0.tokens.first == finding.raised.output }
    }
    return ConditionOutcome(
      finding: finding, statement: family.statement(family.tried, finding.value),
      answer: tokenizer.decode([finding.raised.output]), with: hits(answers.prefix(own.count)),
      count: own.count, withPeers: hits(answers.dropFirst(own.count)), peerCount: other.count,
      peers: peers,
      examples: zip(kind?.fresh ?? [], answers).prefix(3).map { user, answer in
        ["user": .string(user), "answer": .string(answer.text)]
      },
      tokens: (own + other).reduce(0) { $0 + $1.count }
        + answers.reduce(0) { $0 + $1.tokens.count })
  }
}
