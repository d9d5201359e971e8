import AssayText
import Foundation

/// A thread that tokenises documents ahead of the training loop, a few batches at most.
///
/// `@unchecked Sendable`: `queue` and `ended` are reached under `condition` only; the iterator is
/// used by the thread alone.
final class BatchProducer: @unchecked Sendable {
  private static let ahead = 8

  private let condition = NSCondition()
  private var queue: [[Int]] = []
  private var ended = false

  /// Starts producing batches of `size` + 1 tokens, each beginning with the last token of the one
  /// before.
  init(
    _ tokenizer: Tokenizer, separator: Int, size: Int, _ documents: sending AnyIterator<String>
  ) {
    let source = SoleOwner(documents)
    Thread.detachNewThread { [self] in
      var pending: [Int] = [separator]
      while let document = source.value.next() {
        pending += tokenizer.encode(document)
        pending.append(separator)
        while pending.count > size {
          guard put(Array(pending[...size])) else { return }
          pending.removeFirst(size)
        }
      }
      cancel()
    }
  }

  /// The next batch, waiting for it; nil at the end of the documents.
  func take() -> [Int]? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty, !ended { condition.wait() }
    guard !queue.isEmpty else { return nil }
    condition.broadcast()
    return queue.removeFirst()
  }

  /// Lets the thread end.
  func cancel() {
    condition.lock()
    ended = true
    condition.broadcast()
    condition.unlock()
  }

  /// Adds a batch, waiting for room; false after `cancel`.
  private func put(_ batch: [Int]) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while queue.count >= Self.ahead, !ended { condition.wait() }
    guard !ended else { return false }
    queue.append(batch)
    condition.broadcast()
    return true
  }
}

/// Carries the iterator, which one thread alone will use, into that thread.
private struct SoleOwner: @unchecked Sendable {
  let value: AnyIterator<String>
  init(_ value: AnyIterator<String>) { self.value = value }
}
