import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText
import Foundation

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
  /// The model in the type in which products are fast: what is chosen by it is measured again.
  private let screening: any LanguageModel
  private let quiet: Bool

  init(_ plan: TriggerScan.Plan, _ suspect: Suspect) throws {
    self.plan = plan
    model = suspect.bundle.model
    let fast = Runtime.preferredDType
    screening = fast == .float32 ? model : model.copy(dtype: fast)
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

  /// Prompts on which all longer texts are read, and those on which the best are measured.
  static let (screenedOn, grownOn) = (1, 4)

  /// A text that was grown, shorter ones on the way to it, and the answer's log-odds with each.
  struct Growth {
    var finding: Finding
    var path: [SpanGrowth.Step]
  }

  /// Texts that make sure the answers that single tokens raise furthest, place by place and kind by kind.
  mutating func grown() throws -> [Growth] {
    guard plan.length > 1 else { return [] }
    return try starts().compactMap { start in
      let carriers = Array(fields(start).flatMap(\.carriers).prefix(Self.grownOn))
      let growth = SpanGrowth(
        pool: pool, beam: plan.beam, quiet: quiet,
        canStand: { [tokenizer] span in
          guard start.place != .before, let first = tokenizer.decode(span).first else {
            return true
          }
          return !first.isLetter && !first.isNumber
        },
        screening: try SpanReader(screening, carriers: Array(carriers.prefix(Self.screenedOn))),
        measuring: try SpanReader(model, carriers: carriers))
      let path = growth.grow(to: start.raised.output, length: plan.length)
      tokensRead += growth.tokensRead
      guard let last = path.last else { return nil }
      var finding = start
      finding.span = last.span
      finding.raised = RaisedOutput(
        output: start.raised.output, probability: 1 / (1 + exp(-last.logOdds)),
        usual: start.raised.usual)
      return Growth(finding: finding, path: path)
    }
  }

  /// At each place that texts are grown at, for each kind of prompts, the strongest token of each of the answers that
  /// tokens raise furthest above what others do.
  private func starts() -> [Finding] {
    looks.filter { plan.growAt.contains($0.place) && $0.kind != Self.every }
      .flatMap { look in
        Dictionary(grouping: look.outliers, by: \.raised.output).values
          .compactMap { $0.max { $0.z < $1.z } }
          .sorted { ($0.z, $0.raised.output) > ($1.z, $1.raised.output) }
          .prefix(plan.answers)
      }
  }
}
