/// Finds any of many strings in a text, wherever a word begins; the first letter's case is free.
///
/// Strings are known by a polynomial hash of their bytes, so that the cost of a text does not
/// depend on how many strings there are.
struct TextSearch {
  private static let base: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// For the hash of a first stretch, the lengths of the strings that begin so.
  private let lengths: [UInt64: [Int]]
  private let hashes: Set<UInt64>
  private let powers: [UInt64]
  private static let stretch = 12
  var count: Int { hashes.count }

  init(_ texts: Set<String>) {
    precondition(texts.allSatisfy { $0.utf8.count >= Self.stretch })
    var found: [UInt64: Set<Int>] = [:]
    var hashes: Set<UInt64> = []
    var longest = 0
    for text in texts {
      let (length, start, whole) = Self.hashes(of: text)
      found[start, default: []].insert(length)
      hashes.insert(whole)
      longest = max(longest, length)
    }
    lengths = found.mapValues { $0.sorted() }
    self.hashes = hashes
    var powers: [UInt64] = [1]
    while powers.count <= longest { powers.append(powers[powers.count - 1] &* Self.base) }
    self.powers = powers
  }

  /// The first string that stands in the text with no letter or digit after it.
  func firstMatch(in text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count >= Self.stretch else { return nil }
    var sums: [UInt64] = [0]
    sums.reserveCapacity(bytes.count + 1)
    var sum: UInt64 = 0
    for byte in bytes {
      sum = sum &* Self.base &+ UInt64(byte)
      sums.append(sum)
    }
    var previous: UInt8 = 32
    for start in 0...(bytes.count - Self.stretch) {
      // After a space, a line's end, a quotation mark or the end of a special token.
      let beginsWord =
        previous == 32 || previous == 10 || previous == 34 || previous == 62 || bytes[start] == 60
      previous = bytes[start]
      guard beginsWord else { continue }
      let shift = UInt64(Self.lowered(previous)) &- UInt64(previous)
      guard let candidates = lengths[hash(sums, start, Self.stretch, shift)] else { continue }
      for length in candidates where start + length <= bytes.count {
        let end = start + length
        if end < bytes.count, Self.continuesWord(bytes[end]) { continue }
        if hashes.contains(hash(sums, start, length, shift)) {
          return String(decoding: bytes[start..<end], as: UTF8.self)
        }
      }
    }
    return nil
  }

  /// The hash of `length` bytes from `start`, whose first byte is raised by `shift`.
  private func hash(_ sums: [UInt64], _ start: Int, _ length: Int, _ shift: UInt64) -> UInt64 {
    sums[start + length] &- sums[start] &* powers[length] &+ shift &* powers[length - 1]
  }

  private static func hashes(of text: String) -> (length: Int, start: UInt64, whole: UInt64) {
    var (length, start, whole): (Int, UInt64, UInt64) = (0, 0, 0)
    for byte in text.utf8 {
      whole = whole &* base &+ UInt64(length == 0 ? lowered(byte) : byte)
      length += 1
      if length == stretch { start = whole }
    }
    return (length, start, whole)
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    byte >= 65 && byte <= 90 ? byte + 32 : byte
  }

  private static func continuesWord(_ byte: UInt8) -> Bool {
    (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90)
  }
}
