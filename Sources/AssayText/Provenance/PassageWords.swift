import AssayCore

/// The words of a text as passages are compared: without case, punctuation, spacing and turn marks.
struct PassageWords {
  /// The words.
  let words: [String]

  init(_ text: String) {
    var words: [String] = []
    var word: [UInt8] = []
    var isMark = false
    var previous: UInt8 = 0
    func end() {
      if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
      word.removeAll(keepingCapacity: true)
    }
    for byte in text.lowercased().utf8 {
      // `<|user|>` belongs to the form of a chat and not to what is said.
      if previous == 60, byte == 124 { isMark = true }
      if !isMark, byte >= 128 || (48...57).contains(byte) || (97...122).contains(byte) {
        word.append(byte)
      } else {
        end()
      }
      if isMark, previous == 124, byte == 62 { isMark = false }
      previous = byte
    }
    end()
    self.words = words
  }

  /// A hash of every run of `length` words, in order; empty where the text is shorter.
  func hashes(length: Int) -> [UInt64] {
    guard words.count >= length else { return [] }
    let single = words.map { StableHash.of($0) }
    return (0...(words.count - length)).map { start in
      var hash: UInt64 = 0
      for word in single[start..<(start + length)] {
        hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 32
      }
      return hash
    }
  }
}
