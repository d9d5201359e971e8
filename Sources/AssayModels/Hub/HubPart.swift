import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that is being downloaded in chunks, and goes on after a cut.
///
/// The file is as long as it will be, with a trailer behind: a mark, the length of a chunk, and for
/// each chunk how many of its bytes are there, 8 bytes each. Bytes are written before they are
/// counted, so what counts is there even after `kill -9`.
final class HubPart: Sendable {
  private static let mark = UInt64(littleEndian: 0x3150_5953_5341_4248)

  /// Where each chunk lies in the file, in bytes.
  let chunks: [Range<Int>]
  private let url: URL
  private let size: Int
  private let descriptor: Int32
  private let counts: Locked<[Int]>

  /// Opens what there is of a file of `size` bytes, or starts anew in chunks of `chunkSize`.
  ///
  /// A part that is there keeps its own chunks. Throws `AssayError(.io)` when the system refuses.
  init(_ url: URL, size: Int, chunkSize: Int) throws {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw HubCache.failure("create", url) }
    (self.url, self.size, self.descriptor) = (url, size, descriptor)
    if let (chunkSize, counts) = Self.found(descriptor, size: size) {
      chunks = Self.chunks(size, chunkSize)
      self.counts = Locked(counts)
      return
    }
    chunks = Self.chunks(size, chunkSize)
    counts = Locked([Int](repeating: 0, count: chunks.count))
    do {
      guard ftruncate(descriptor, 0) == 0 else { throw HubCache.failure("write", url) }
      try write(
        [Self.mark, UInt64(chunkSize)] + chunks.map { _ in 0 }, at: size)
    } catch {
      // `deinit` closes the descriptor.
      unlink(url.path)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Bytes that are not there yet.
  var missing: Int { size - counts.withLock { $0.reduce(0, +) } }

  /// Bytes of a chunk that are there.
  func received(_ chunk: Int) -> Int { counts.withLock { $0[chunk] } }

  /// Adds the next bytes of a chunk.
  ///
  /// Throws `AssayError(.corrupt)` when they are more than the chunk holds, `.io` for a full disk.
  func append(_ data: Data, to chunk: Int) throws {
    let count = received(chunk)
    guard count + data.count <= chunks[chunk].count else {
      throw AssayError(
        .corrupt, "the server sends more bytes than it said",
        hint: "check HF_ENDPOINT and whether a proxy stands between")
    }
    try data.withUnsafeBytes { try write($0, at: chunks[chunk].lowerBound + count) }
    try record(count + data.count, chunk)
  }

  /// Forgets what there is of a chunk.
  func restart(_ chunk: Int) throws { try record(0, chunk) }

  /// Cuts the trailer off: the file is whole, and on the disk.
  func seal() throws {
    guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0 else {
      throw HubCache.failure("write", url)
    }
  }

  private func record(_ count: Int, _ chunk: Int) throws {
    try write([UInt64(count)], at: size + 16 + 8 * chunk)
    counts.withLock { $0[chunk] = count }
  }

  private func write(_ numbers: [UInt64], at offset: Int) throws {
    try numbers.map(\.littleEndian).withUnsafeBytes { try write($0, at: offset) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if written < 0 {
        if errno == EINTR { continue }
        throw HubCache.failure("write", url)
      }
      done += written
    }
  }

  private static func chunks(_ size: Int, _ length: Int) -> [Range<Int>] {
    stride(from: 0, to: size, by: max(length, 1)).map { $0..<min($0 + length, size) }
  }

  /// The chunk length and the counts that an earlier run left, nil where there are none to trust.
  private static func found(_ descriptor: Int32, size: Int) -> (Int, [Int])? {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { return nil }
    let length = Int(information.st_size)
    // Sealed, and not renamed any more: all of it is there.
    if length == size, size > 0 { return (size, [size]) }
    guard let head = read(descriptor, count: 2, at: size), head[0] == mark,
      let chunkSize = Int(exactly: head[1]), chunkSize > 0
    else { return nil }
    let ranges = (size + chunkSize - 1) / chunkSize
    guard length == size + 16 + 8 * ranges,
      let numbers = read(descriptor, count: ranges, at: size + 16)
    else { return nil }
    let counts = numbers.map { Int(clamping: $0) }
    let fits = zip(counts, chunks(size, chunkSize)).allSatisfy { $0 <= $1.count }
    return fits ? (chunkSize, counts) : nil
  }

  private static func read(_ descriptor: Int32, count: Int, at offset: Int) -> [UInt64]? {
    var numbers = [UInt64](repeating: 0, count: count)
    let wanted = count * 8
    let got = numbers.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, wanted, off_t(offset))
    }
    return got == wanted ? numbers.map(UInt64.init(littleEndian:)) : nil
  }
}
