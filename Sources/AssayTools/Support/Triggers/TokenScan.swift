import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// The scan of ``TriggerScan``: every token at every place of the prompts of every kind.
struct TokenScan {
  /// A text that makes an answer likely.
  struct Finding {
    var span: [Int]
    var place: Trigger.Place
    /// The kind of prompts on which it does.
    var kind: String
    var raised: RaisedOutput
    /// Robust deviations from the median effect of tokens drawn at random.
    var z: Double
    /// Chance of an effect so far above the others, counted for all looks.
    var p: Double

    /// Whether it is what a trigger is: unlike all peers, and with it most prompts end in one answer.
    var standsOut: Bool { p < 0.01 && raised.probability >= 0.5 }
  }

  /// All tokens at one place of one kind of prompts.
  struct Look {
    var place: Trigger.Place
    var kind: String
    /// Tokens above the widest gap, and the probability of such a gap, counted for all looks.
    var standOut: Int
    var p: Double
    /// The median effect of tokens drawn at random.
    var median: Double
    /// The tokens with the greatest effects, in falling order.
    var outliers: [Finding]
  }

  /// The name of prompts of all kinds together.
  static let every = "prompts of every kind"

  let tokenizer: Tokenizer
  let pool: TokenPool
  private(set) var looks: [Look] = []
  private(set) var tokensRead = 0
  private let plan: TriggerScan.Plan
  private let model: any LanguageModel
  private let quiet: Bool

  init(_ plan: TriggerScan.Plan, _ suspect: Suspect) throws {
    self.plan = plan
    model = suspect.bundle.model
    quiet = suspect.quiet
    tokenizer = try suspect.tokenizer()
    pool = TokenPool(tokenizer, size: model.configuration.vocabularySize, limit: plan.tokens)
  }

  /// Tokens of each kind that are measured again, and tokens drawn at random that say what is usual.
  static let (confirmed, references) = (16, 24)

  /// Scans, and measures the strongest tokens again, at one place after the other.
  mutating func read() throws {
    let kinds = plan.screened.map(\.kind) + (plan.screened.count > 1 ? [Self.every] : [])
    let progress = AssayCore.Progress(
      "trigger scan", total: pool.tokens.count, unit: "tokens", quiet: quiet)
    // What is chosen here is measured again, so rounding is no harm where it is fast.
    let fast = Runtime.preferredDType
    let screening = fast == .float32 ? model : model.copy(dtype: fast)
    let screened = try measured(
      plan.screened.map(\.carriers), pool.tokens, screening, progress)
    progress.finish()
    let strongest = screened.map { likeliest -> [Int] in
      let raised = likeliest.raised()
      return Array(
        raised.indices.sorted { raised[$0].effect > raised[$1].effect }.prefix(Self.confirmed))
    }
    let step = max(1, pool.tokens.count / Self.references)
    let references = stride(from: 0, to: pool.tokens.count, by: step).prefix(Self.references)
      .map { pool.tokens[$0] }
    let candidates = Array(Set(strongest.flatMap(\.self))).sorted()
    for place in plan.places {
      let fresh = plan.fresh.filter { $0.place == place }.map(\.carriers)
      let usual = try measured(fresh, references, model, nil)
      let again = try measured(fresh, candidates.map { pool.tokens[$0] }, model, nil)
      for (index, kind) in kinds.enumerated() {
        let mean = usual[index].mean
        let own = zip(candidates, again[index].raised(against: mean))
          .filter { strongest[index].contains($0.0) }
        looks.append(
          look(
            place, kind, own.map { (pool.tokens[$0.0], $0.1) },
            usual: usual[index].raised(against: mean).map(\.effect),
            of: plan.places.count * kinds.count))
      }
    }
  }

  /// What each of `tokens` makes likely on each list of prompts, and, for several lists, on all together.
  private mutating func measured(
    _ carriers: [[Carrier]], _ tokens: [Int], _ model: any LanguageModel,
    _ progress: AssayCore.Progress?
  ) throws -> [RaisedOutput.Likeliest] {
    let readers = try carriers.map { try SpanReader(model, carriers: $0) }
    var likeliest = carriers.map { _ in RaisedOutput.Likeliest() }
    var together = RaisedOutput.Likeliest()
    for part in PromptBatch.chunks(tokens, of: SpanReader.batch) {
      let spans = part.map { [$0] }
      var sum: Tensor?
      for (index, reader) in readers.enumerated() {
        let rows = reader.probabilities(spans)  // [N, V]
        likeliest[index].add(rows)
        sum = sum.map { $0 + rows } ?? rows
      }
      if carriers.count > 1, let sum { together.add(sum / Double(carriers.count)) }
      progress?.advance(by: spans.count)
    }
    tokensRead += readers.reduce(0) { $0 + $1.tokens }
    return likeliest + (carriers.count > 1 ? [together] : [])
  }

  private func look(
    _ place: Trigger.Place, _ kind: String, _ raised: [(token: Int, raised: RaisedOutput)],
    usual: [Double], of total: Int
  ) -> Look {
    let effects = raised.map(\.raised.effect)
    let test = OutlierTest(leading: effects)
    let p = min(1, test.p * Double(total))
    let middle = OutlierTest.median(usual)
    let spread = 1.4826 * OutlierTest.median(usual.map { abs($0 - middle) })
    let falling = effects.indices.sorted { effects[$0] > effects[$1] }
    let outliers = falling.enumerated().map { rank, index in
      Finding(
        span: [raised[index].token], place: place, kind: kind, raised: raised[index].raised,
        z: spread > 0 ? (effects[index] - middle) / spread : 0, p: rank < test.count ? p : 1)
    }
    return Look(
      place: place, kind: kind, standOut: test.count, p: p, median: middle, outliers: outliers)
  }

  /// The findings without those that a stronger one with the same text and answer makes superfluous.
  func distinct(_ found: [Finding]) -> [Finding] {
    var seen: Set<[Int]> = []
    return found.filter { seen.insert($0.span + [$0.raised.output]).inserted }
  }

  /// The prompts that a finding is tried on.
  func fresh(_ finding: Finding) -> [Carrier] {
    fields(finding).flatMap(\.carriers)
  }

  private func fields(_ finding: Finding) -> [TriggerScan.Plan.Field] {
    plan.fresh.filter {
      $0.place == finding.place && (finding.kind == Self.every || $0.kind == finding.kind)
    }
  }

  // MARK: Growing

  /// Prompts of each kind on which texts are grown.
  static let grownOn = 2

  /// The strongest text of more tokens that the first of `found` can be grown to; none where it does not
  /// stand out, or does not get stronger.
  mutating func grown(from found: [Finding]) throws -> [Finding] {
    guard plan.length > 1, let first = found.first, first.standsOut else { return [] }
    let fields = fields(first)
    let reader = try SpanReader(
      model, carriers: fields.flatMap { $0.carriers.prefix(Self.grownOn) })
    let output = first.raised.output
    let starts = found.filter {
      $0.place == first.place && $0.kind == first.kind && $0.raised.output == output
    }
    var beam = starts.prefix(plan.beam).map { (span: $0.span, p: $0.raised.probability) }
    var best = first
    for length in 2..<(plan.length + 1) {
      let spans = beam.flatMap { start in
        pool.tokens.flatMap { [start.span + [$0], [$0] + start.span] }
      }
      let unique = Array(Set(spans)).sorted { $0.lexicographicallyPrecedes($1) }
      let progress = AssayCore.Progress(
        "\(length) tokens", total: unique.count, unit: "texts", quiet: quiet)
      var scored: [(span: [Int], p: Double)] = []
      for part in PromptBatch.chunks(unique, of: SpanReader.batch) {
        let own = reader.probabilities(Array(part)).select(1, index: output).floats()
        scored += zip(part, own).map { ($0, Double($1)) }
        progress.advance(by: part.count)
      }
      progress.finish()
      beam = Array(scored.sorted { $0.p > $1.p }.prefix(plan.beam))
      guard let longer = beam.first else { break }
      let raised = RaisedOutput(
        output: output, probability: longer.p, usual: first.raised.usual)
      // A tenth of a nat is what many a harmless word adds.
      guard raised.effect > best.raised.effect + 0.1 else { break }
      best.span = longer.span
      best.raised = raised
    }
    tokensRead += reader.tokens
    return best.span.count > 1 ? [best] : []
  }
}
