/// Remembers the tokens of words seen before; used by one thread at a time (see `WordCachePool`).
final class WordCache {
  /// Longer words, in bytes, are too rare to be worth keeping.
  static let longestWord = 64
  private static let capacity = 1 << 17

  private struct Slot {
    var hash: UInt64 = 0
    var word: UInt32 = 0
    var tokens: UInt32 = 0
    var wordCount: UInt8 = 0
    /// One more than the number of tokens; 0 marks a free slot.
    var tokenCount: UInt8 = 0
  }

  private var slots = [Slot](repeating: Slot(), count: 1 << 10)
  private var words: [UInt8] = []
  private var tokens: [UInt32] = []
  private var count = 0

  /// Adds the remembered tokens of `word` to `ids`; false where it is not known.
  @inline(__always)
  func append(
    _ word: UnsafeRawBufferPointer, hash: UInt64, to ids: inout [UInt32]
  ) -> Bool {
    var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while true {
      let slot = slots[index]
      if slot.tokenCount == 0 { return false }
      if slot.hash == hash, Int(slot.wordCount) == word.count, matches(slot, word) {
        let from = Int(slot.tokens)
        for place in from..<from + Int(slot.tokenCount) - 1 { ids.append(tokens[place]) }
        return true
      }
      index = (index + 1) & (slots.count - 1)
    }
  }

  @inline(__always)
  private func matches(_ slot: Slot, _ word: UnsafeRawBufferPointer) -> Bool {
    let from = Int(slot.word)
    for index in 0..<word.count where words[from + index] != word[index] { return false }
    return true
  }

  /// Keeps the tokens of a word that is not known yet and not longer than `longestWord`.
  func remember(
    _ word: UnsafeRawBufferPointer, hash: UInt64, tokens found: ArraySlice<UInt32>
  ) {
    guard found.count < 255, word.count <= Self.longestWord else { return }
    if count >= Self.capacity {
      slots = Array(repeating: Slot(), count: 1 << 10)
      words.removeAll(keepingCapacity: true)
      tokens.removeAll(keepingCapacity: true)
      count = 0
    }
    if 2 * (count + 1) > slots.count { grow() }
    place(
      Slot(
        hash: hash, word: UInt32(words.count), tokens: UInt32(tokens.count),
        wordCount: UInt8(word.count), tokenCount: UInt8(found.count + 1)))
    words += word
    tokens += found
    count += 1
  }

  private func place(_ slot: Slot) {
    var index = Int(truncatingIfNeeded: slot.hash) & (slots.count - 1)
    while slots[index].tokenCount != 0 { index = (index + 1) & (slots.count - 1) }
    slots[index] = slot
  }

  private func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: 4 * old.count)
    for slot in old where slot.tokenCount != 0 { place(slot) }
  }

  /// A hash of a few bytes; `seed` keeps keys of different kinds apart.
  @inline(__always)
  static func hash(_ word: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var hash = seed ^ UInt64(word.count)
    var index = 0
    while index + 8 <= word.count {
      hash = mixed(hash ^ word.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var rest: UInt64 = 0
    while index < word.count {
      rest = rest << 8 | UInt64(word[index])
      index += 1
    }
    return mixed(hash ^ rest)
  }

  @inline(__always)
  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
