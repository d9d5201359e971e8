import AssayCore
import Foundation

/// Texts are written one request after the other, on a thread of their own: each uses all cores.
final class GenerationQueue: Sendable {
  private let queue = DispatchQueue(label: "assay.serve.generation")
  private let held = Locked(0)
  /// Most requests that wait or are being answered.
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Requests that wait or are being answered.
  var count: Int { held.withLock { $0 } }

  /// Does `work` when its turn comes; throws `APIFailure` at once where too many wait.
  func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try admit()
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { [self] in
        let result = Result { try work() }
        leave()
        continuation.resume(with: result)
      }
    }
  }

  /// The same without waiting for the end.
  func start(_ work: @escaping @Sendable () -> Void) throws {
    try admit()
    queue.async { [self] in
      work()
      leave()
    }
  }

  private func admit() throws {
    let isFull = held.withLock { held in
      guard held < limit else { return true }
      held += 1
      return false
    }
    guard !isFull else {
      throw APIFailure(
        status: 503, message: "\(limit) requests are waiting already", type: "server_error",
        code: "overloaded", retryAfter: 1)
    }
  }

  private func leave() { held.withLock { $0 -= 1 } }
}
