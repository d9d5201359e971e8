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
    /// In words: "with code 0", "by signal 9".
    var how: String
    /// What it wrote to standard error, in bytes, kept or not.
    var errorBytes: Int
  }

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let errors = Pipe()
  private let scratch: URL
  private let queue = DispatchQueue(label: "assay.outside.errors")
  private let isOver = Locked(false)
  // Touched on `queue` alone.
  private var errorBytes = 0

  /// Where to write what the program reads.
  var inputFile: Int32 { input.fileHandleForWriting.fileDescriptor }
  /// Where to read what the program writes.
  var outputFile: Int32 { output.fileHandleForReading.fileDescriptor }

  /// Starts `program`; the first bytes of its standard error go to the file `log`.
  ///
  /// Throws `AssayError(.io)` when it cannot be started.
  init(
    _ program: OutsideProgram, confinement: Confinement, hidden: [String], limits: OutsideLimits,
    log: URL
  ) throws {
    scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-auditor-\(UUID().uuidString)", isDirectory: true)
    do {
      try FileManager.default.createDirectory(
        at: scratch, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw AssayError(.io, "cannot make the folder '\(scratch.path)'")
    }
    try AtomicFile.write(Data(), to: log)
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.currentDirectoryURL = scratch
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    // Bubblewrap's own environment can be read inside, in /proc/1: it must be as clean.
    process.environment = Confinement.environment.merging(["HOME": scratch.path]) { $1 }
    let script: String
    if let bubblewrap = confinement.bubblewrap {
      // So can its command line: its arguments come from a file that nobody inside can open.
      let words = confinement.arguments(
        readable: program.readable, hidden: hidden, limits: limits)
      let list = scratch.appendingPathComponent("arguments")
      try AtomicFile.write(Data(words.joined(separator: "\0").utf8), to: list)
      script = Self.limits(limits) + "exec '\(bubblewrap)' --args 3 -- \"$@\" 3<arguments"
    } else {
      script = Self.limits(limits) + "exec \"$@\""
    }
    process.arguments = ["-c", script, "auditor"] + program.words
    let handle = try FileHandle(forWritingTo: log)
    do {
      try process.run()
    } catch {
      try? FileManager.default.removeItem(at: scratch)
      throw AssayError(.io, "cannot start '\(program.words[0])': \(error)")
    }
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
    try? input.fileHandleForWriting.close()
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning, ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(5))
    }
    let wasRunning = process.isRunning
    killTree()
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        self.process.waitUntilExit()
        continuation.resume()
      }
    }
    let status = process.terminationStatus
    let how =
      wasRunning
      ? "it was killed"
      : process.terminationReason == .uncaughtSignal
        ? "it died of signal \(status)" : "it ended with code \(status)"
    isOver.withLock { $0 = true }
    let bytes = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.errorBytes) }
    }
    try? FileManager.default.removeItem(at: scratch)
    return Ending(how: how, errorBytes: bytes)
  }

  /// Closes the last file; nothing can be read any more.
  func close() {
    try? output.fileHandleForReading.close()
  }

  /// Kills the process, its group and, where /proc shows them, all of its descendants.
  ///
  /// Shut in, killing bubblewrap is enough: the system ends its process namespace. Otherwise a process
  /// that made itself a stranger to its parents escapes.
  func killTree() {
    let pid = process.processIdentifier
    guard pid > 0 else { return }
    let family = Self.descendants(of: pid)
    if process.isRunning {
      kill(-pid, SIGKILL)
      kill(pid, SIGKILL)
    }
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

  // MARK: Standard error

  private func keepErrors(in log: FileHandle, limit: Int) {
    let file = errors.fileHandleForReading.fileDescriptor
    var kept = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Read before, so that all that was written before the end is seen.
      let isOver = isOver.withLock { $0 }
      var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, isOver ? 0 : 50) > 0 else {
        // A process that escaped may hold the other end open for ever.
        if isOver { break }
        continue
      }
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { break }
      errorBytes += count
      let piece = min(count, limit - kept)
      kept += piece
      if piece > 0 { try? log.write(contentsOf: Data(buffer[..<piece])) }
    }
    try? log.close()
  }
}
