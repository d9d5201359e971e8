import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lines in both directions over two open files, with a limit on their length and a deadline.
///
/// Whoever is at the other end may be hostile: a line that is too long is skipped without being kept,
/// and an end that does not read holds up only what waits for it. The files stay the caller's to close.
final class LineChannel: @unchecked Sendable {
  /// What reading brought.
  enum Received: Sendable {
    case line(Data)
    /// A line of this many bytes, more than allowed; it was skipped.
    case oversized(Int)
    /// The other end is closed.
    case end
    /// The deadline passed before there was a whole line.
    case late
  }

  private let input: Int32
  private let output: Int32
  private let limit: Int
  private let reading = DispatchQueue(label: "assay.channel.reading")
  private let writing = DispatchQueue(label: "assay.channel.writing")
  // Touched on `reading` alone.
  private var waiting = Data()
  private var searched = 0
  private var skipped = 0
  private var isAtEnd = false
  // Touched on `writing` alone.
  private var isStopped = false

  /// Reads from `input` and writes to `output`; lines have at most `limit` bytes.
  init(input: Int32, output: Int32, limit: Int) {
    self.input = input
    self.output = output
    self.limit = limit
    // Writing to an end that is gone is an error to handle, not a reason to die.
    signal(SIGPIPE, SIG_IGN)
  }

  /// The next line without its end; nil as deadline waits for ever.
  func next(before deadline: ContinuousClock.Instant?) async -> Received {
    await withCheckedContinuation { continuation in
      reading.async { continuation.resume(returning: self.read(before: deadline)) }
    }
  }

  /// Writes `value` as one line; false when the other end is closed or did not read in time.
  @discardableResult
  func send(_ value: JSONValue, before deadline: ContinuousClock.Instant?) async -> Bool {
    guard let text = try? CanonicalJSON.data(value) else { return false }
    let line = text + [UInt8(ascii: "\n")]
    return await withCheckedContinuation { continuation in
      writing.async { continuation.resume(returning: self.write(line, before: deadline)) }
    }
  }

  /// Writes nothing any more; the output may be closed once this returns.
  func stopWriting() async {
    await withCheckedContinuation { continuation in
      writing.async {
        self.isStopped = true
        continuation.resume()
      }
    }
  }

  // MARK: Reading

  private func read(before deadline: ContinuousClock.Instant?) -> Received {
    while true {
      if let line = takeLine() { return line }
      if isAtEnd { return .end }
      guard wait(for: Int16(POLLIN), on: input, before: deadline) else { return .late }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      #if canImport(Glibc)
        let count = Glibc.read(input, &buffer, buffer.count)
      #else
        let count = Darwin.read(input, &buffer, buffer.count)
      #endif
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      if count <= 0 {
        isAtEnd = true
        // A last line without its end is a line all the same.
        if !waiting.isEmpty || skipped > 0 { waiting.append(UInt8(ascii: "\n")) }
        continue
      }
      // A slice would keep the lines before it.
      if waiting.startIndex > 0 { waiting = Data(waiting) }
      waiting.append(contentsOf: buffer[..<count])
    }
  }

  private func takeLine() -> Received? {
    let unseen = waiting.index(waiting.startIndex, offsetBy: searched)
    guard let end = waiting[unseen...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = waiting.count
      if waiting.count > limit {
        skipped += waiting.count
        waiting = Data()
        searched = 0
      }
      return nil
    }
    let length = skipped + waiting.distance(from: waiting.startIndex, to: end)
    let line = Data(waiting[..<end])
    waiting = waiting[waiting.index(after: end)...]
    searched = 0
    skipped = 0
    return length > limit ? .oversized(length) : .line(line)
  }

  // MARK: Writing

  /// The most that a pipe with room takes without making the writer wait (POSIX's least PIPE_BUF).
  private static let pieceSize = 512

  private func write(_ line: Data, before deadline: ContinuousClock.Instant?) -> Bool {
    guard !isStopped else { return false }
    return line.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        guard wait(for: Int16(POLLOUT), on: output, before: deadline) else { return false }
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.pieceSize))
        #if canImport(Glibc)
          let count = Glibc.write(output, piece.baseAddress, piece.count)
        #else
          let count = Darwin.write(output, piece.baseAddress, piece.count)
        #endif
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          return false
        }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  /// Waits until `file` is ready or closed; false when the deadline came first.
  private func wait(
    for event: Int16, on file: Int32, before deadline: ContinuousClock.Instant?
  ) -> Bool {
    while true {
      var milliseconds: Int32 = -1
      if let deadline {
        let left = (deadline - ContinuousClock.now) / .milliseconds(1)
        guard left > 0 else { return false }
        milliseconds = Int32(min(left.rounded(.up), 60_000))
      }
      var request = pollfd(fd: file, events: event, revents: 0)
      let ready = poll(&request, 1, milliseconds)
      if ready > 0 { return true }
      if ready < 0 && errno != EINTR { return true }
    }
  }
}
