/// A small deterministic random number generator; the same seed gives the same numbers anywhere.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014),
/// figure 17, with the constants of its reference implementation.
public struct SplitMix64: RandomNumberGenerator, Hashable, Codable, Sendable {
  private var state: UInt64

  /// Makes a generator; equal seeds give equal sequences.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.finalise(state)
  }

  /// A whole number in `0..<bound`, without bias; `bound` must be positive.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "SplitMix64.below: expected a positive bound, got \(bound)")
    let range = UInt64(bound)
    // Lemire's multiply-and-reject: the standard library's own method may change between versions.
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold {
        product = next().multipliedFullWidth(by: range)
      }
    }
    return Int(product.high)
  }

  /// A number in `0..<1` with 53 random bits.
  public mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// An independent generator for the part of the work called `label`.
  ///
  /// It does not advance this generator, so adding a part never changes the numbers of another.
  public func fork(_ label: String) -> SplitMix64 {
    SplitMix64(seed: Self.finalise(state ^ StableHash.of(label)))
  }

  /// The elements of `items` in random order.
  public mutating func shuffled<T>(_ items: some Sequence<T>) -> [T] {
    var result = Array(items)
    guard result.count > 1 else { return result }
    for last in stride(from: result.count - 1, through: 1, by: -1) {
      result.swapAt(last, below(last + 1))
    }
    return result
  }

  /// One element of `items`, each equally likely; nil when there is none.
  public mutating func pick<T>(_ items: [T]) -> T? {
    items.isEmpty ? nil : items[below(items.count)]
  }

  static func finalise(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
