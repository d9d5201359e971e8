import AssayTensor

/// One call of the generator: prompts wait until rows of the running batch are free for them.
struct GenerationRun {
  private let generator: TextGenerator
  private let prompts: [[Int]]
  private let prefix: KVPrefix?
  private(set) var writer: DraftWriter
  private var waiting: ArraySlice<Int>
  private(set) var running: RunningBatch?
  /// Whether new texts may begin while others are being written.
  private let refills: Bool
  /// Called with a prompt whenever a token was added to it; false ends the run.
  var onToken: ((Int, Draft) -> Bool)?

  /// The share of the rows that must be free before new prompts are read.
  ///
  /// Reading many at once is cheaper, and so is moving the cache less often. Of an eighth, a quarter
  /// and a half, half was the slowest on texts of mixed lengths and the others were equal.
  static let freeShare = 0.25
  /// Columns that a rebuilt cache has free at most, before it grows by doubling.
  private static let room = 64

  init(
    _ generator: TextGenerator, prompts: [[Int]], prefix: KVPrefix?, writer: DraftWriter
  ) {
    self.generator = generator
    self.prompts = prompts
    self.prefix = prefix
    self.writer = writer
    // Texts of similar length are read together, with little padding.
    waiting =
      prompts.indices.filter { !writer.drafts[$0].isDone }
      .sorted { prompts[$0].count < prompts[$1].count }[...]
    refills = !generator.bundle.model.configuration.form.positionsDependOnLength
  }

  /// Writes all drafts to their ends.
  mutating func finish() {
    while refill(), var batch = running {
      let (logits, rows) = batch.step(generator.bundle.model)
      writer.write(logits, rows: rows)
      batch.read(writer.drafts)
      running = batch
      if !report(rows) { return }
    }
  }

  /// Brings waiting prompts into the batch where that pays; false when nothing is left to do.
  private mutating func refill() -> Bool {
    while true {
      let going = running?.going.count ?? 0
      if going == 0 && waiting.isEmpty { return false }
      let free = generator.batchSize - going
      let isWorth = Double(free) >= Self.freeShare * Double(generator.batchSize)
      if !waiting.isEmpty, going == 0 || (refills && isWorth && free > 0) {
        guard begin(free) else { return false }
        if running?.going.isEmpty ?? true { continue }
      } else if let batch = running, going * 4 <= batch.count * 3 {
        var smaller = batch
        smaller.renew(adding: nil, room: room(for: batch.going.map { batch.prompts[$0] }))
        running = smaller
      }
      return true
    }
  }

  /// Reads the next `count` prompts and puts those that go on into the batch.
  private mutating func begin(_ count: Int) -> Bool {
    let rows = Array(waiting.prefix(count))
    waiting = waiting.dropFirst(count)
    let model = generator.bundle.model
    let others = running.map { batch in batch.going.map { batch.prompts[$0] } } ?? []
    let isFirst = others.isEmpty
    let (cache, last) = generator.prefill(
      rows.map { prompts[$0] }, after: prefix, room: isFirst ? room(for: rows) : 0)
    // The last token of a prompt is never part of the prefix, so there is something to read.
    guard let last else { return false }
    writer.write(model.unembed(last), rows: rows)
    var batch = RunningBatch(
      prompts: rows, lengths: rows.map { prompts[$0].count },
      input: rows.map { _ in 0 }, cache: cache)
    batch.read(writer.drafts)
    if isFirst {
      running = batch
    } else if !batch.going.isEmpty {
      if batch.going.count < batch.count { batch.renew(adding: nil, room: 0) }
      let room = room(for: others + rows)
      running?.renew(adding: batch, room: room)
    }
    return report(rows)
  }

  /// Free columns for the tokens that these prompts may still get.
  private func room(for rows: [Int]) -> Int {
    let most =
      rows.map { writer.drafts[$0] }
      .map { $0.isDone ? 0 : $0.budget - $0.tokens.count }.max() ?? 0
    return min(max(most, 0), Self.room)
  }

  private func report(_ rows: [Int]) -> Bool {
    guard let onToken else { return true }
    return rows.allSatisfy { onToken($0, writer.drafts[$0]) }
  }
}
