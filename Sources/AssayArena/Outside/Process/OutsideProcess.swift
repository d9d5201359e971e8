import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A third-party auditor's process: shut in, limited, and killed with all that it started.
final class OutsideProcess: @unchecked Sendable {
  /// How a process ended.
  struct Ending: Sendable {
    /// In words: "it ended with code 0", "it was killed".
    var how: String
    /// The code with which it ended of itself.
    var code: Int32?
    /// What it wrote to standard error, in bytes, kept or not.
    var errorBytes: Int
  }

  /// Where to write what the program reads.
  let inputFile: Int32
  /// Where to read what the program writes.
  let outputFile: Int32

  private let process: SpawnedProcess
  private let errorFile: Int32
  private let scratch: URL
  private let queue = DispatchQueue(label: "assay.outside.errors")
  private let isOver = Locked(false)
  // Touched on `queue` alone.
  private var errorBytes = 0

  /// Starts `program`; the first bytes of its standard error go to the file `log`.
  ///
  /// Throws `AssayError(.io)` when it cannot be started.
  init(
    _ program: OutsideProgram, confinement: Confinement, hidden: [String], limits: OutsideLimits,
    log: URL
  ) throws {
    scratch = try Confinement.makeFolder()
    try AtomicFile.write(Data(), to: log)
    let script = try confinement.script(
      in: scratch, readable: program.readable, hidden: hidden, limits: limits)
    let (input, output, errors) = try (
      SpawnedProcess.pipe(), SpawnedProcess.pipe(), SpawnedProcess.pipe()
    )
    (inputFile, outputFile, errorFile) = (input.writing, output.reading, errors.reading)
    defer { for end in [input.reading, output.writing, errors.writing] { Self.close(end) } }
    // Bubblewrap's own environment can be read inside as well: it must be as clean.
    process = try SpawnedProcess(
      "/bin/sh", arguments: ["-c", Self.limits(limits) + script, "auditor"] + program.words,
      environment: Confinement.environment.merging(["HOME": scratch.path]) { $1 },
      input: input.reading, output: output.writing, errors: errors.writing)
    let handle = try FileHandle(forWritingTo: log)
    queue.async { self.keepErrors(in: handle, limit: limits.errorBytes) }
  }

  deinit {
    try? FileManager.default.removeItem(at: scratch)
  }

  /// Limits of the process, as a shell sets them; what the system does not know is left out.
  private static func limits(_ limits: OutsideLimits) -> String {
    func limit(_ flags: [String], _ value: Int) -> String {
      flags.map { "ulimit \($0) \(value) 2>/dev/null" }.joined(separator: " || ") + " || :; "
    }
    return limit(["-c"], 0) + limit(["-n"], limits.openFiles)
      + limit(["-f"], limits.scratchBytes / 512) + limit(["-v"], limits.memoryBytes / 1024)
      + limit(["-u", "-p"], limits.processes)
  }

  // MARK: The end

  /// Waits up to `seconds` for the end, then kills the process and everything it started.
  ///
  /// Nothing may be written to it any more. What it wrote can still be read, until `close`.
  func end(within seconds: Double) async -> Ending {
    Self.close(inputFile)
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.status == nil, ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(5))
    }
    let ended = process.status
    killTree()
    while process.status == nil { try? await Task.sleep(for: .milliseconds(2)) }
    isOver.withLock { $0 = true }
    let bytes = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.errorBytes) }
    }
    Self.close(errorFile)
    try? FileManager.default.removeItem(at: scratch)
    return Ending(
      how: ended.map(SpawnedProcess.words) ?? "it was killed",
      code: ended.flatMap(SpawnedProcess.code), errorBytes: bytes)
  }

  /// Closes the last file; nothing can be read any more.
  func close() {
    Self.close(outputFile)
  }

  /// Kills the process, its group and, where /proc shows them, all of its descendants.
  ///
  /// Shut in, killing bubblewrap is enough: the system ends its process namespace. Otherwise a process
  /// that made itself a stranger to its parents escapes.
  private func killTree() {
    let family = process.status == nil ? Self.descendants(of: process.pid) : []
    process.kill(SIGKILL)
    for child in family { kill(child, SIGKILL) }
  }

  private static func descendants(of root: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    var children: [Int32: [Int32]] = [:]
    for pid in names.compactMap({ Int32($0) }) {
      guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { continue }
      let fields = text[text.index(after: end)...].split(separator: " ")
      if fields.count > 1, let parent = Int32(fields[1]) {
        children[parent, default: []].append(pid)
      }
    }
    var found: [Int32] = []
    var next = children[root] ?? []
    while let pid = next.popLast() {
      found.append(pid)
      next += children[pid] ?? []
    }
    return found
  }

  private static func close(_ file: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(file)
    #else
      _ = Darwin.close(file)
    #endif
  }

  // MARK: Standard error

  private func keepErrors(in log: FileHandle, limit: Int) {
    var kept = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Read before, so that all that was written before the end is seen.
      let isOver = isOver.withLock { $0 }
      var request = pollfd(fd: errorFile, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, isOver ? 0 : 50) > 0 else {
        // A process that escaped may hold the other end open for ever.
        if isOver { break }
        continue
      }
      let count = read(errorFile, &buffer, buffer.count)
      guard count > 0 else { break }
      errorBytes += count
      let piece = min(count, limit - kept)
      kept += piece
      if piece > 0 { try? log.write(contentsOf: Data(buffer[..<piece])) }
    }
    try? log.close()
  }
}
