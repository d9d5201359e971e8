import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock between processes on one machine, held through an open file.
///
/// The system releases it when the holder ends, however it ends; the file stays. The children of a
/// holder do not hold it.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock on the file at `url`, which is made when it is missing.
  ///
  /// `shared` locks go together. Tries again for `patience` seconds, then throws
  /// `AssayError(.forbidden)` with `refusal` as its message.
  public init(
    _ url: URL, shared: Bool = false, patience: Double = 0, refusal: String
  ) throws {
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw AssayError(
        .io, "cannot open '\(url.path)': \(String(cString: strerror(errno)).lowercased())")
    }
    let started = ContinuousClock.now
    while flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      if ContinuousClock.now - started > .seconds(patience) {
        close(descriptor)
        throw AssayError(.forbidden, refusal, hint: "wait for it to end, or stop it")
      }
      usleep(50_000)
    }
  }

  deinit {
    close(descriptor)
  }
}
