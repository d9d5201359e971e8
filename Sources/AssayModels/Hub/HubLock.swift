import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The right to download one blob, held until `release` or until the process ends.
///
/// It is the lock that huggingface_hub takes: `flock` on a file of its own, which stays in place
/// afterwards, because removing it would let two waiters lock two files of one name.
struct HubLock {
  private let descriptor: Int32

  /// Waits for the lock on `url`; `waiting` is called once if somebody else holds it for a second.
  ///
  /// Throws `AssayError(.io)` when the file cannot be made, `CancellationError` when cancelled.
  static func acquire(_ url: URL, waiting: @Sendable () -> Void) async throws -> HubLock {
    var rounds = 0
    while true {
      if let lock = try attempt(url) { return lock }
      rounds += 1
      if rounds == 10 { waiting() }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Gives the lock back.
  func release() {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func attempt(_ url: URL) throws -> HubLock? {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o664)
    guard descriptor >= 0 else { throw HubCache.failure("open the lock", url) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      // A file that was removed meanwhile guards no name: lock the new one.
      var information = stat()
      if fstat(descriptor, &information) == 0, information.st_nlink > 0 {
        return HubLock(descriptor: descriptor)
      }
      close(descriptor)
      return nil
    }
    let number = errno
    close(descriptor)
    // Some network disks know no locks; going on costs at most a second download of the same bytes.
    if number == ENOSYS || number == ENOTSUP { return HubLock(descriptor: -1) }
    return nil
  }
}
