/// A hash table from pairs of 32-bit numbers to 64-bit values, with open addressing.
///
/// Merging looks up every pair of neighbours; this takes a fraction of what a `Dictionary` takes.
struct PairTable: Sendable {
  // No pair has this key: both of its halves would be `UInt32.max`.
  private static let empty = UInt64.max

  private var keys: [UInt64]
  private var values: [UInt64]
  private var shift: UInt64
  private(set) var count = 0

  /// An empty table with room for `capacity` pairs.
  init(capacity: Int) {
    var bits: UInt64 = 4
    while 1 << bits < 2 * capacity { bits += 1 }
    keys = Array(repeating: Self.empty, count: 1 << Int(bits))
    values = Array(repeating: 0, count: 1 << Int(bits))
    shift = 64 - bits
  }

  @inline(__always)
  static func key(_ left: UInt32, _ right: UInt32) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int {
    // Fibonacci hashing (Knuth, The Art of Computer Programming, section 6.4).
    Int(truncatingIfNeeded: ((key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }

  /// The value of a pair; nil where there is none.
  subscript(key: UInt64) -> UInt64? {
    @inline(__always) get {
      var index = slot(key)
      while true {
        let found = keys[index]
        if found == key { return values[index] }
        if found == Self.empty { return nil }
        index = (index + 1) & (keys.count - 1)
      }
    }
  }

  /// Sets the value of a pair.
  mutating func insert<Value: FixedWidthInteger>(_ value: Value, for key: UInt64) {
    if 2 * (count + 1) > keys.count { grow() }
    var index = slot(key)
    while keys[index] != Self.empty, keys[index] != key { index = (index + 1) & (keys.count - 1) }
    if keys[index] == Self.empty {
      keys[index] = key
      count += 1
    }
    values[index] = UInt64(truncatingIfNeeded: value)
  }

  private mutating func grow() {
    var larger = PairTable(capacity: keys.count)
    for (key, value) in zip(keys, values) where key != Self.empty { larger.insert(value, for: key) }
    self = larger
  }
}
