import Foundation

/// A value that only one thread at a time can reach.
///
/// `Synchronization.Mutex` would do, but it needs a newer macOS than this package supports.
public final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  /// Puts `value` behind a lock.
  public init(_ value: sending Value) {
    self.value = value
  }

  /// Runs `body` with the value while no other thread can reach it.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
