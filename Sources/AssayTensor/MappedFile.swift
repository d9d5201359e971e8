import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A whole file in the address space, unmapped when the last reference goes.
///
/// The mapping is private: whoever writes into it gets its own copy of the page, the file stays.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  /// Open for reading while the mapping is there, for those who copy whole tensors.
  let descriptor: Int32

  init(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw MappedFile.failure(url) }
    var isKept = false
    defer { if !isKept { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw MappedFile.failure(url) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw AssayError(
        .unreadable, "cannot read '\(url.path)': not a file",
        hint: "name the model.safetensors file itself")
    }
    let length = Int(status.st_size)
    self.descriptor = descriptor
    guard length > 0 else {
      bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      isKept = true
      return
    }
    let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
    guard let start, start != MAP_FAILED else { throw MappedFile.failure(url) }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: length)
    isKept = true
  }

  deinit {
    close(descriptor)
    if let start = bytes.baseAddress { munmap(start, bytes.count) }
  }

  private static func failure(_ url: URL) -> AssayError {
    let number = errno
    let reason = String(cString: strerror(number)).lowercased()
    return AssayError(
      number == ENOENT ? .notFound : .unreadable, "cannot read '\(url.path)': \(reason)",
      hint: number == ENOENT ? "check the path" : nil)
  }
}
