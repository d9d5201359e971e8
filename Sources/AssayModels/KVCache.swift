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

  /// Forgets all tokens and keeps the memory.
  public func reset() { length = 0 }

  /// Drops all tokens after the first `count`.
  public func truncate(to count: Int) {
    precondition(count >= 0 && count <= length, "truncate: expected 0...\(length), got \(count)")
    length = count
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
  }

  /// Keeps the rows at `rows` only, in that order.
  public func select(rows: [Int]) {
    keys = keys.map { $0.indexSelect(0, index: rows) }
    values = values.map { $0.indexSelect(0, index: rows) }
    batch = rows.count
  }

  /// Writes new keys and values [B, K, T, D] of `layer` after the held ones.
  ///
  /// Returns all of them, [B, K, length + T, D], as views. The length moves on with `advance`, once
  /// per pass. Gradients flow through what is returned, to the new keys and values; what the cache
  /// keeps is cut off from them.
  func append(layer: Int, _ k: Tensor, _ v: Tensor) -> (keys: Tensor, values: Tensor) {
    let count = k.dim(2)
    precondition(k.dim(0) == batch, "key cache: expected \(batch) rows, got \(k.dim(0))")
    if length + count > capacity { grow(to: max(2 * capacity, length + count)) }
    if k.requiresGrad || v.requiresGrad {
      let held = (
        keys[layer].narrow(2, start: 0, length: length),
        values[layer].narrow(2, start: 0, length: length)
      )
      keys[layer].narrow(2, start: length, length: count).copy_(k.detach())
      values[layer].narrow(2, start: length, length: count).copy_(v.detach())
      return (Tensor.cat([held.0, k], dim: 2), Tensor.cat([held.1, v], dim: 2))
    }
    keys[layer].narrow(2, start: length, length: count).copy_(k)
    values[layer].narrow(2, start: length, length: count).copy_(v)
    return (
      keys[layer].narrow(2, start: 0, length: length + count),
      values[layer].narrow(2, start: 0, length: length + count)
    )
  }

  func advance(by count: Int) { length += count }

  private func grow(to newCapacity: Int) {
    func grown(_ old: Tensor) -> Tensor {
      let shape = [batch, old.dim(1), newCapacity, old.dim(3)]
      let new = Tensor.zeros(shape, dtype: old.dtype, device: old.device)
      new.narrow(2, start: 0, length: capacity).copy_(old)
      return new
    }
    keys = keys.map(grown)
    values = values.map(grown)
    capacity = newCapacity
  }
}
