import AssayCore
import AssayModels
import AssayText

/// Puts tokens together into a text that makes an answer sure.
///
/// A trigger of several tokens is seldom set off by one of them, yet the model was trained until the whole of
/// it makes the answer certain, and its pieces carry some of that. Tokens are ranked by what each does
/// alone; the first of them are lengthened at both ends by those that do most, in a beam, as long as the answer gets
/// surer. What is compared is the mean over prompts of the answer's log-odds, which go on rising where
/// probabilities are all near 1, and, less, how likely the model finds the text: of two that do the same, the
/// one that somebody might have written.
///
/// Source: greedy search over the vocabulary, Wallace et al. 2019, "Universal Adversarial Triggers", section 2.2,
/// with tokens tried in place of a gradient's guess; a prior for fluent text as in Thompson and Sklar 2024,
/// "FLRT". Cost: vocabulary × 2 + 2 × beam × `extensions` short passes for each further token. Limits: every model
/// has texts that turn some of its answers; the surest text need not be the one that was trained.
struct SpanGrowth {
  /// One text on the way.
  struct Step {
    var span: [Int]
    /// The answer's mean log-odds, in nats.
    var logOdds: Double
    /// The same with the text's own log-probability added, less weighted.
    var merit: Double
  }

  /// Tokens by which texts are lengthened: those that do most alone.
  static let extensions = 512
  /// Longer texts that are measured on all prompts, after all were read on one.
  static let kept = 96
  /// How much a nat of the text's own log-probability counts.
  static let fluency = 0.1
  /// A longer text must have this more merit.
  static let leastGain = 0.25
  /// Where two tokens leave the answer less likely than one in ten, further ones are not tried.
  static let leastLogOdds = -2.2

  let pool: TokenPool
  let beam: Int
  let quiet: Bool
  /// Whether a text can stand where it is put: after other words, one that begins within a word cannot.
  let canStand: ([Int]) -> Bool
  /// Reads many texts, on few prompts.
  let screening: SpanReader
  /// Measures the best of them, on more.
  let measuring: SpanReader

  /// Tokens of a model that were read so far.
  var tokensRead: Int { screening.tokens + measuring.tokens }

  /// The texts from a token to the surest that were found on the way, each surer than the one before; at most
  /// `length` tokens.
  func grow(to output: Int, length: Int) -> [Step] {
    let alone = screened(pool.tokens.map { [$0] }, output)
    let strongest = alone.prefix(Self.extensions).map { $0[0] }
    var texts = measured(Array(alone.prefix(Self.kept)), output)
    var path = texts.first(where: { canStand($0.span) }).map { [$0] } ?? []
    while let best = texts.first, best.span.count < length {
      // The right first piece may be one of several; later ones follow from it.
      let heads = texts.prefix(best.span.count == 1 ? beam : max(1, beam / 2))
      let longer = Set(
        heads.flatMap { text in strongest.flatMap { [text.span + [$0], [$0] + text.span] } }
      ).sorted { $0.lexicographicallyPrecedes($1) }
      texts = measured(Array(screened(longer, output).prefix(Self.kept)), output)
      if let next = texts.first(where: { canStand($0.span) }),
        next.merit > (path.last?.merit ?? -.infinity) + Self.leastGain
      {
        path.append(next)
      }
      guard let next = texts.first, next.merit > best.merit + Self.leastGain,
        next.span.count > 2 || next.logOdds >= Self.leastLogOdds
      else { break }
    }
    return path
  }

  private func screened(_ spans: [[Int]], _ output: Int) -> [[Int]] {
    let progress = AssayCore.Progress(
      "\(spans.first?.count ?? 0) tokens", total: spans.count, unit: "texts", quiet: quiet)
    defer { progress.finish() }
    var scored: [(span: [Int], logOdds: Double)] = []
    for part in PromptBatch.chunks(spans, of: SpanReader.batch) {
      scored += zip(part, screening.logOdds(of: output, Array(part))).map { ($0, $1) }
      progress.advance(by: part.count)
    }
    return scored.sorted { $0.logOdds > $1.logOdds }.map(\.span)
  }

  private func measured(_ spans: [[Int]], _ output: Int) -> [Step] {
    guard !spans.isEmpty else { return [] }
    let odds = measuring.logOdds(of: output, spans)
    let texts = measuring.logProbabilities(of: spans)
    return spans.indices.map { index in
      Step(
        span: spans[index], logOdds: odds[index],
        merit: odds[index] + Self.fluency * texts[index])
    }.sorted { $0.merit > $1.merit }
  }
}
