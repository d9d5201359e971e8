import AssayCore
import AssayTensor
import AssayText

/// One short text to train on, as tokens with a weight for predicting each.
struct TrainingRow: Hashable, Sendable {
  /// Token ids, at least two.
  var tokens: [Int]
  /// `weights[i]` is how much predicting `tokens[i]` counts; the first is never predicted.
  var weights: [Float]
}

/// Rows of similar length, padded on the right to one rectangle.
///
/// With causal attention what stands to the right of a token cannot change what the model makes of
/// it, so padding needs no mask; its weights are 0.
struct TrainingBatch {
  /// Inputs, int64 `[B, T]`.
  var tokens: Tensor
  /// What follows each input, int64 `[B, T]`; 0 where nothing does.
  var targets: Tensor
  /// Weight of each prediction, float32 `[B, T]`; 0 where nothing follows.
  var weights: Tensor
  /// The predictions whose weight is not 0, in the order of their places.
  var counted: Counted
  /// Number of rows.
  var rows: Int
  /// Tokens that pass through the model, padding included.
  var tokenCount: Int

  /// M predictions that count.
  struct Counted {
    /// Their places, as indices into B · T, int64 `[M]`.
    var positions: Tensor
    /// What follows each, int64 `[M]`.
    var targets: Tensor
    /// The weight of each, float32 `[M]`.
    var weights: Tensor
    /// The row of each.
    var rows: [Int]
  }

  /// Pads `rows` to the longest of them.
  init(_ rows: [TrainingRow], device: Device) {
    precondition(!rows.isEmpty, "TrainingBatch: expected at least one row, got none")
    let width = max(1, (rows.map(\.tokens.count).max() ?? 2) - 1)
    var inputs = [Int](repeating: 0, count: rows.count * width)
    var targets = inputs
    var weights = [Float](repeating: 0, count: rows.count * width)
    var (places, owners) = ([Int](), [Int]())
    for (index, row) in rows.enumerated() {
      for position in 0..<(row.tokens.count - 1) {
        let at = index * width + position
        inputs[at] = row.tokens[position]
        targets[at] = row.tokens[position + 1]
        weights[at] = row.weights[position + 1]
        guard weights[at] != 0 else { continue }
        places.append(at)
        owners.append(index)
      }
    }
    func placed(_ tensor: Tensor) -> Tensor { tensor.to(device: device) }
    counted = Counted(
      positions: placed(Tensor(places, shape: [places.count])),
      targets: placed(Tensor(places.map { targets[$0] }, shape: [places.count])),
      weights: placed(Tensor(places.map { weights[$0] }, shape: [places.count])), rows: owners)
    let shape = [rows.count, width]
    tokens = placed(Tensor(inputs, shape: shape))
    self.targets = placed(Tensor(targets, shape: shape))
    self.weights = placed(Tensor(weights, shape: shape))
    self.rows = rows.count
    tokenCount = rows.count * width
  }
}

/// Deals rows in batches of similar length, without an order that training could follow.
///
/// Rows come round in a new random order each time. Several batches' worth are drawn at once,
/// sorted by length and dealt in random order, which leaves little padding.
struct RowDealer {
  private let rows: [TrainingRow]
  private let batch: Int
  private var generator: SplitMix64
  private var queue: [[TrainingRow]] = []
  private var upcoming: [Int] = []
  private let batchesAtOnce = 6

  /// Deals from `rows`, `batch` at a time; both must be positive.
  init(_ rows: [TrainingRow], batch: Int, generator: SplitMix64) {
    precondition(!rows.isEmpty && batch > 0, "RowDealer: expected rows, got \(rows.count)")
    self.rows = rows
    self.batch = batch
    self.generator = generator
  }

  /// The next batch; never ends.
  mutating func next() -> [TrainingRow] {
    if queue.isEmpty { refill() }
    return queue.removeLast()
  }

  private mutating func refill() {
    var drawn: [Int] = []
    while drawn.count < batch * batchesAtOnce {
      if upcoming.isEmpty { upcoming = generator.shuffled(rows.indices) }
      drawn.append(upcoming.removeLast())
    }
    drawn.sort { (rows[$0].tokens.count, $0) < (rows[$1].tokens.count, $1) }
    let dealt = stride(from: 0, to: drawn.count, by: batch).map { start in
      drawn[start..<(start + batch)].map { rows[$0] }
    }
    queue = generator.shuffled(dealt)
  }
}
