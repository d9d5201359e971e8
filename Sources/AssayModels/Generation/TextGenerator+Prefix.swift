import AssayCore
import AssayTensor
import AssayText

extension TextGenerator {
  /// Reads `text` once, for ``prefix``.
  ///
  /// ```swift
  /// generator.prefix = try generator.read(systemTurn)
  /// ```
  /// Prompts are still given whole. Where the tokenizer joins the end of `text` with what follows it,
  /// all tokens up to there are reused. Throws as ``generate(prompts:options:)`` does.
  public func read(_ text: String) throws -> KVPrefix {
    try KVPrefix(
      try bundle.requireTokenizer().encode(text, addSpecial: true), model: bundle.model)
  }

  /// Fewest tokens that are worth keeping apart, and fewest that must be saved by that in all.
  private static let worthKeeping = (tokens: 8, saved: 256)

  /// What all of `sequences` begin with and is worth keeping: at most `limit` tokens.
  func sharedPrefix(_ sequences: [[Int]], limit: Int) throws -> KVPrefix? {
    if let prefix { try prefix.check(bundle.model) }
    guard limit > 0, let first = sequences.first,
      !bundle.model.configuration.form.positionsDependOnLength
    else { return nil }
    var common = min(limit, first.count)
    for other in sequences.dropFirst() {
      common = Self.commonCount(first, other, limit: common)
    }
    let known = prefix.map { Self.commonCount($0.tokens, first, limit: common) } ?? 0
    let more = common - known
    let held = known >= Self.worthKeeping.tokens ? prefix?.first(known) : nil
    guard more >= Self.worthKeeping.tokens,
      more * (sequences.count - 1) >= Self.worthKeeping.saved
    else { return held }
    let new = Array(first[(held?.count ?? 0)..<common])
    return KVPrefix(reading: new, model: bundle.model, after: held)
  }

  private static func commonCount(_ a: [Int], _ b: [Int], limit: Int) -> Int {
    let most = min(limit, a.count, b.count)
    return (0..<most).first { a[$0] != b[$0] } ?? most
  }

  /// Reads `sequences`, which begin with `prefix`, in one pass, and equal ones once.
  ///
  /// Returns their cache, rows aligned at its right end, and the residual [N, d] at their last tokens;
  /// that is nil where the prefix is all there is.
  func prefill(
    _ sequences: [[Int]], after prefix: KVPrefix?, room: Int
  ) -> (cache: KVCache, last: Tensor?) {
    var places: [[Int]: Int] = [:]
    var unique: [[Int]] = []
    let rows = sequences.map { sequence in
      if let place = places[sequence] { return place }
      places[sequence] = unique.count
      unique.append(sequence)
      return unique.count - 1
    }
    let (cache, last) = prefill(unique: unique, after: prefix, room: room)
    guard unique.count < sequences.count else { return (cache, last) }
    cache.select(rows: rows)
    return (cache, last?.indexSelect(0, index: rows))
  }

  private func prefill(
    unique sequences: [[Int]], after prefix: KVPrefix?, room: Int
  ) -> (cache: KVCache, last: Tensor?) {
    let model = bundle.model
    let first = model.parameters[0].tensor
    let (N, P) = (sequences.count, prefix?.count ?? 0)
    let length = sequences.map(\.count).max() ?? 0
    let width = length - P
    let starts = sequences.map { length - $0.count }
    let cache =
      // A row that is shorter than others reads the end of the prefix itself: it has the columns.
      prefix.map { KVCache(after: $0, shifts: starts.map { min($0, P) }, room: room) }
      ?? KVCache(
        model.configuration, batch: N, capacity: width + room, dtype: first.dtype,
        device: first.device)
    guard width > 0 else { return (cache, nil) }
    let tokens = sequences.flatMap { sequence in
      [Int](repeating: 0, count: max(0, width - sequence.count)) + sequence.suffix(width)
    }
    let residual = model.finalResidual(
      Tensor(tokens, shape: [N, width]).to(device: first.device), cache: cache,
      attentionStart: starts, taps: nil)  // [N, T, d]
    return (cache, residual.select(1, index: width - 1))
  }
}

extension DecoderForm {
  /// Whether what a token's key is depends on the length of the whole text, so that keys cannot be
  /// shared between texts.
  package var positionsDependOnLength: Bool {
    rotary?.dependsOnLength == true || slidingRotary?.dependsOnLength == true
  }
}
