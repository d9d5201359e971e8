/// Finds which of some strings of bytes start at a place: all of them, or the longest.
struct ByteTrie: Sendable {
  private static let absent = UInt32.max

  // Transitions of the root, then those of all other nodes by (node, byte).
  private var first = [UInt32](repeating: absent, count: 256)
  private var next = PairTable(capacity: 1_024)
  private var numbers: [UInt32] = [absent]

  /// Adds a string, not empty, under a number; of equal strings the last counts.
  mutating func insert(_ string: some Collection<UInt8>, number: Int) {
    var node: UInt32 = 0
    for byte in string {
      if let known = child(of: node, byte) {
        node = known
        continue
      }
      let new = UInt32(numbers.count)
      numbers.append(Self.absent)
      if node == 0 {
        first[Int(byte)] = new
      } else {
        next.insert(new, for: PairTable.key(node, UInt32(byte)))
      }
      node = new
    }
    if node != 0 { numbers[Int(node)] = UInt32(number) }
  }

  @inline(__always)
  private func child(of node: UInt32, _ byte: UInt8) -> UInt32? {
    if node == 0 {
      let found = first[Int(byte)]
      return found == Self.absent ? nil : found
    }
    return next[PairTable.key(node, UInt32(byte))].map { UInt32(truncatingIfNeeded: $0) }
  }

  /// Whether a string of the trie starts with `byte`.
  @inline(__always)
  func canStart(with byte: UInt8) -> Bool { first[Int(byte)] != Self.absent }

  /// Calls `body(end, number)` for each string that starts at `start`, the shortest first.
  @inline(__always)
  func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, at start: Int, _ body: (_ end: Int, _ number: Int) -> Void
  ) {
    var node: UInt32 = 0
    var index = start
    while index < text.count, let following = child(of: node, text[index]) {
      node = following
      index += 1
      let number = numbers[Int(node)]
      if number != Self.absent { body(index, Int(number)) }
    }
  }

  /// The longest string that starts at `start`; nil where none does.
  @inline(__always)
  func longestMatch(
    in text: UnsafeBufferPointer<UInt8>, at start: Int
  ) -> (end: Int, number: Int)? {
    var longest: (end: Int, number: Int)?
    forEachMatch(in: text, at: start) { longest = ($0, $1) }
    return longest
  }
}
