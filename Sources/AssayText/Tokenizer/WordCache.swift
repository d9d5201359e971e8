import AssayCore

/// Remembers the tokens of words seen before; safe to share between threads.
final class WordCache: Sendable {
  /// Longer words are too rare to be worth keeping.
  static let longestWord = 64
  private static let capacity = 1 << 17

  private let entries = Locked<[ByteString: [UInt32]]>([:])

  func tokens(of word: ByteString) -> [UInt32]? {
    entries.withLock { $0[word] }
  }

  func remember(_ tokens: [UInt32], of word: ByteString) {
    entries.withLock { entries in
      if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
      entries[word] = tokens
    }
  }
}
