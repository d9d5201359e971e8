import AssayCore

/// Caches for as many threads as encode at one time, so that none waits for another.
final class WordCachePool: Sendable {
  private static let most = 16
  private let free = Locked<[WordCache]>([])

  /// Runs `body` with a cache that no other thread has.
  func withCache<Result>(_ body: (WordCache) -> Result) -> Result {
    // A cache is handed from thread to thread, and is never with two of them.
    nonisolated(unsafe) let cache = free.withLock { $0.popLast() } ?? WordCache()
    defer {
      free.withLock { caches in
        if caches.count < Self.most { caches.append(cache) }
      }
    }
    return body(cache)
  }
}
