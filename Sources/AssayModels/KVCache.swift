import AssayTensor

/// Keys and values of the tokens that a model has already seen, for a batch of rows.
///
/// Memory is preallocated for `capacity` tokens and doubles when that is exceeded. Rows that began
/// with padding are told apart by the `attentionStart` given to each pass.
public final class KVCache: @unchecked Sendable {
  /// Rows of the batch.
  public private(set) var batch: Int
  /// Tokens held per row.
  public private(set) var length = 0
  /// Tokens that fit before the next growth.
  public private(set) var capacity: Int

  /// Where the cache lies.
  public let device: Device

  private var keys: [Tensor]  // per layer [B, K, capacity, D]
  private var values: [Tensor]
  /// Room to leave after the first pass, while what is held is memory of a prefix; else nil.
  private var borrowed: Int?

  /// An empty cache for `batch` rows; `dtype` and `device` must be those of the model's passes.
  public init(
    _ configuration: ModelConfiguration, batch: Int, capacity: Int, dtype: DType = .float32,
    device: Device = .cpu
  ) {
    self.batch = batch
    self.device = device
    self.capacity = max(capacity, 1)
    let shape = [batch, configuration.keyValueHeads, self.capacity, configuration.headDimension]
    func allocate() -> [Tensor] {
      (0..<configuration.layers).map { _ in Tensor.zeros(shape, dtype: dtype, device: device) }
    }
    keys = allocate()
    values = allocate()
  }

  /// A cache whose `rows` all hold `prefix`, computed once.
  ///
  /// The prefix stays as it is: the first pass copies it, and keeps memory for `room` more tokens.
  /// Without room that pass can be differentiated.
  public convenience init(after prefix: KVPrefix, rows: Int, room: Int = 0) {
    self.init(after: prefix, shifts: [Int](repeating: 0, count: rows), room: room)
  }

  /// A cache whose rows hold as much of the beginning of `prefix` as fits behind their shifts.
  ///
  /// Row n has the prefix's first tokens from column `shifts[n]` on; what lies before is padding.
  init(after prefix: KVPrefix, shifts: [Int], room: Int) {
    let (N, P) = (shifts.count, prefix.count)
    batch = N
    length = P
    capacity = P
    borrowed = room
    device = prefix.keys[0].device
    guard shifts.contains(where: { $0 > 0 }) else {
      func seen(_ held: Tensor) -> Tensor { held.expand([N, held.dim(1), P, held.dim(3)]) }
      (keys, values) = (prefix.keys.map(seen), prefix.values.map(seen))
      return
    }
    let places = shifts.flatMap { shift in (0..<P).map { max(0, $0 - shift) } }
    let index = Tensor(places, shape: [N * P]).to(device: device)
    func shifted(_ held: Tensor) -> Tensor {
      held.select(0, index: 0).indexSelect(1, index: index)  // [K, N P, D]
        .reshape([held.dim(1), N, P, held.dim(3)]).transpose(0, 1)  // [N, K, P, D]
    }
    (keys, values) = (prefix.keys.map(shifted), prefix.values.map(shifted))
  }

  /// Forgets all tokens and keeps the memory.
  public func reset() { truncate(to: 0) }

  /// Drops all tokens after the first `count`.
  public func truncate(to count: Int) {
    precondition(count >= 0 && count <= length, "truncate: expected 0...\(length), got \(count)")
    length = count
    if borrowed != nil {
      // What is borrowed must not be written to, so it may have no free columns.
      keys = keys.map { $0.narrow(2, start: 0, length: count) }
      values = values.map { $0.narrow(2, start: 0, length: count) }
      capacity = count
    }
  }

  /// A cache whose `rows` rows all hold what the only row of this one holds, with the same capacity.
  func repeated(_ rows: Int) -> KVCache {
    precondition(batch == 1, "key cache: expected 1 row to repeat, got \(batch)")
    let first = [Int](repeating: 0, count: rows)
    return KVCache(
      keys.map { $0.indexSelect(0, index: first) }, values.map { $0.indexSelect(0, index: first) },
      like: self)
  }

  /// The first `rows` rows in the same memory; what is appended to one is seen by the other, but the
  /// length is each one's own.
  func firstRows(_ rows: Int) -> KVCache {
    KVCache(
      keys.map { $0.narrow(0, start: 0, length: rows) },
      values.map { $0.narrow(0, start: 0, length: rows) }, like: self)
  }

  private init(_ keys: [Tensor], _ values: [Tensor], like other: KVCache) {
    self.keys = keys
    self.values = values
    batch = keys.first?.dim(0) ?? 0
    (length, capacity, device) = (other.length, other.capacity, other.device)
    borrowed = other.borrowed
  }

  /// Keeps the rows at `rows` only, in that order; a row may be kept more than once.
  public func select(rows: [Int]) {
    keys = keys.map { $0.indexSelect(0, index: rows) }
    values = values.map { $0.indexSelect(0, index: rows) }
    batch = rows.count
  }

  /// Keeps `rows` without their first `columns`, and puts the rows of `other` after them.
  ///
  /// The shorter side is padded on the left. Memory for `room` more tokens is kept.
  func rebuild(rows: [Int], dropping columns: Int, adding other: KVCache?, room: Int) {
    let kept = length - columns
    let newLength = max(rows.isEmpty ? 0 : kept, other?.length ?? 0)
    let newBatch = rows.count + (other?.batch ?? 0)
    func joined(_ old: Tensor, _ added: Tensor?) -> Tensor {
      let shape = [newBatch, old.dim(1), newLength + room, old.dim(3)]
      let new = Tensor.zeros(shape, dtype: old.dtype, device: old.device)
      func put(_ part: Tensor, row: Int) {
        new.narrow(0, start: row, length: part.dim(0))
          .narrow(2, start: newLength - part.dim(2), length: part.dim(2)).copy_(part)
      }
      if !rows.isEmpty {
        put(old.narrow(2, start: columns, length: kept).indexSelect(0, index: rows), row: 0)
      }
      if let added, let other {
        put(added.narrow(2, start: 0, length: other.length), row: rows.count)
      }
      return new
    }
    for layer in keys.indices {
      keys[layer] = joined(keys[layer], other?.keys[layer])
      values[layer] = joined(values[layer], other?.values[layer])
    }
    (batch, length, capacity, borrowed) = (newBatch, newLength, newLength + room, nil)
  }

  /// Keys and values [1, K, count, D] per layer of one row, from column `start` on, as views.
  func held(row: Int, from start: Int) -> (keys: [Tensor], values: [Tensor]) {
    func part(_ all: Tensor) -> Tensor {
      all.narrow(0, start: row, length: 1).narrow(2, start: start, length: length - start)
    }
    return (keys.map(part), values.map(part))
  }

  /// Writes new keys and values [B, K, T, D] of `layer` after the held ones.
  ///
  /// Returns all of them, [B, K, length + T, D], as views. The length moves on with `advance`, once
  /// per pass. Gradients flow through what is returned, to the new keys and values; what the cache
  /// keeps is cut off from them.
  func append(layer: Int, _ k: Tensor, _ v: Tensor) -> (keys: Tensor, values: Tensor) {
    let count = k.dim(2)
    precondition(k.dim(0) == batch, "key cache: expected \(batch) rows, got \(k.dim(0))")
    return (
      write(k, to: &keys[layer], until: length + count),
      write(v, to: &values[layer], until: length + count)
    )
  }

  func advance(by count: Int) {
    length += count
    borrowed = nil
    capacity = keys.first?.dim(2) ?? capacity
  }

  /// Writes `new` [B, K, T, D] behind what `held` holds and returns all, [B, K, end, D].
  private func write(_ new: Tensor, to held: inout Tensor, until end: Int) -> Tensor {
    if borrowed == 0 {
      // Joined, not written in place: gradients find their way through.
      held = Tensor.cat([held, new], dim: 2)
      return held
    }
    if end > held.dim(2) {
      let wanted = borrowed.map { end + $0 } ?? max(2 * held.dim(2), end)
      let larger = Tensor.empty(
        [batch, held.dim(1), wanted, held.dim(3)], dtype: held.dtype, device: held.device)
      if length > 0 {
        larger.narrow(2, start: 0, length: length)
          .copy_(held.narrow(2, start: 0, length: length))
      }
      held = larger
    }
    let past = held.narrow(2, start: 0, length: length)
    held.narrow(2, start: length, length: new.dim(2)).copy_(new.detach())
    return new.requiresGrad
      ? Tensor.cat([past, new], dim: 2) : held.narrow(2, start: 0, length: end)
  }
}
