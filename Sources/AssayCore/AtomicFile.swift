import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes whole files so that a reader sees the old contents or the new, never a part.
public enum AtomicFile {
  /// Writes `data` to `url` through a temporary file beside it: write, fsync, rename.
  ///
  /// Throws `AssayError(.io)` naming the file and the system's reason (a full disk, no permission);
  /// the temporary file is removed and what was at `url` before stays.
  public static func write(_ data: Data, to url: URL) throws {
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp")
    let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("create", url) }
    do {
      try write(data, descriptor: descriptor, naming: url)
      guard fsync(descriptor) == 0 else { throw failure("write", url) }
    } catch {
      close(descriptor)
      unlink(temporary.path)
      throw error
    }
    guard close(descriptor) == 0 else {
      let error = failure("write", url)
      unlink(temporary.path)
      throw error
    }
    guard rename(temporary.path, url.path) == 0 else {
      let error = failure("rename to", url)
      unlink(temporary.path)
      throw error
    }
  }

  /// Writes all of `data` to an open `descriptor`; errors name `url`.
  public static func write(_ data: Data, descriptor: Int32, naming url: URL) throws {
    try data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        #if canImport(Glibc)
          let written = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
        #else
          let written = Darwin.write(descriptor, chunk.baseAddress, chunk.count)
        #endif
        if written < 0 {
          if errno == EINTR { continue }
          throw failure("write", url)
        }
        rest = rest.dropFirst(written)
      }
    }
  }

  private static func failure(_ action: String, _ url: URL) -> AssayError {
    let number = errno
    let reason = String(cString: strerror(number)).lowercased()
    let hint: String? =
      switch number {
      case ENOSPC, EDQUOT: "free some space and run the command again"
      case ENOENT: "the folder \(url.deletingLastPathComponent().path) does not exist"
      case EACCES, EPERM, EROFS: "choose a folder that you may write to"
      default: nil
      }
    return AssayError(.io, "cannot \(action) '\(url.path)': \(reason)", hint: hint)
  }
}
