import AssayTensor

/// The texts that are being written now, one in each row of a key/value cache.
///
/// A row's tokens stand at the right end of the cache; what lies before them is padding, so that a new
/// text can begin beside others that are far on.
struct RunningBatch {
  /// Which prompt each row continues.
  private(set) var prompts: [Int]
  let cache: KVCache
  /// Tokens of each row in the cache.
  private var lengths: [Int]
  /// The tokens that the next pass reads.
  private var input: [Int]
  private var isGoing: [Bool]

  init(prompts: [Int], lengths: [Int], input: [Int], cache: KVCache) {
    self.prompts = prompts
    self.lengths = lengths
    self.input = input
    self.cache = cache
    isGoing = prompts.map { _ in true }
  }

  /// The rows whose texts have not ended.
  var going: [Int] { prompts.indices.filter { isGoing[$0] } }

  /// Rows, those of ended texts included.
  var count: Int { prompts.count }

  /// Logits [N, V] of the rows that are going, and the prompts that these continue.
  mutating func step(_ model: any LanguageModel) -> (logits: Tensor, prompts: [Int]) {
    let context = model.configuration.contextLength
    for row in prompts.indices where !isGoing[row] && lengths[row] >= context {
      // An ended row that waits to be taken out sees no more than its own token, at position 0:
      // there may be no position left for it.
      lengths[row] = 0
    }
    let starts = lengths.map { cache.length - $0 }
    let tokens = Tensor(input, shape: [count, 1]).to(device: cache.device)
    var residual = model.finalResidual(
      tokens, cache: cache, attentionStart: starts, taps: nil
    ).select(1, index: 0)  // [B, d]
    for row in lengths.indices { lengths[row] += 1 }
    let rows = going
    if rows.count < count { residual = residual.indexSelect(0, index: rows) }
    return (model.unembed(residual), rows.map { prompts[$0] })
  }

  /// Takes over what was written to `drafts`: the next input, and which rows have ended.
  mutating func read(_ drafts: [Draft]) {
    for row in prompts.indices where isGoing[row] {
      let draft = drafts[prompts[row]]
      input[row] = draft.tokens.last ?? 0
      isGoing[row] = !draft.isDone
    }
  }

  /// Takes ended rows out and puts the going ones of `other` in; keeps `room` free columns.
  mutating func renew(adding other: RunningBatch?, room: Int) {
    let rows = going
    let longest = rows.map { lengths[$0] }.max() ?? 0
    cache.rebuild(
      rows: rows, dropping: cache.length - longest, adding: other?.cache, room: room)
    prompts = rows.map { prompts[$0] } + (other?.prompts ?? [])
    lengths = rows.map { lengths[$0] } + (other?.lengths ?? [])
    input = rows.map { input[$0] } + (other?.input ?? [])
    isGoing = rows.map { _ in true } + (other?.isGoing ?? [])
  }

  /// What the cache holds of `prompt`, whose tokens and continuation are `tokens`.
  func prefix(of prompt: Int, tokens: [Int], model: any LanguageModel) -> KVPrefix? {
    guard let row = prompts.firstIndex(of: prompt) else { return nil }
    let held = cache.held(row: row, from: cache.length - lengths[row])
    return KVPrefix(Array(tokens.prefix(lengths[row])), model: model, held: held)
  }
}
