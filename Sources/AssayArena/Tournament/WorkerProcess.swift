import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A worker as its coordinator sees it: a process that answers one line for each line it gets.
final class WorkerProcess: @unchecked Sendable {
  /// How a job ended.
  enum Ending: Sendable {
    /// The worker answered.
    case replied(TournamentReply)
    /// The worker is gone; `killed` when from outside, by SIGKILL.
    case died(reason: String, log: String, killed: Bool)
  }

  private let process: Process
  private let input: Pipe
  private let output: Pipe
  private let log: URL
  private let queue = DispatchQueue(label: "assay.worker")
  // Touched on `queue` alone.
  private var rest = Data()

  /// Workers are started one after the other.
  ///
  /// Foundation on Linux closes in a new process what was open when it looked, a moment before the start. Pipes
  /// made in between would be inherited, and then neither would a worker see that its input has ended nor its
  /// coordinator that it is dead, for as long as the other worker lives.
  private static let starting = Locked(())

  /// Starts `executable`; its standard error goes to `log`, which begins empty.
  init(_ executable: URL, arguments: [String], threads: Int, log: URL) throws {
    self.log = log
    try AtomicFile.write(Data(), to: log)
    let errors = try FileHandle(forWritingTo: log)
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.standardError = errors
    // Libraries size their pools by this before the program can say so itself.
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["OMP_NUM_THREADS": "\(threads)", "MKL_NUM_THREADS": "\(threads)"]) { $1 }
    (input, output) = try WorkerProcess.starting.withLock { _ -> (Pipe, Pipe) in
      let (input, output) = (Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      do {
        try process.run()
      } catch {
        throw AssayError(
          .io, "cannot start a worker: '\(executable.path)'", hint: "is it still there?")
      }
      return (input, output)
    }
    self.process = process
  }

  deinit {
    // Its standard input ends, and so does the worker.
    try? input.fileHandleForWriting.close()
  }

  /// Hands over a job and waits until it is done, or the worker is dead, or `limit` seconds are over,
  /// which kills it.
  func perform(_ job: TournamentJob, limit: Double) async -> Ending {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: self.exchange(job, limit: limit)) }
    }
  }

  /// Ends the worker and waits for it.
  func stop() async {
    try? input.fileHandleForWriting.close()
    await withCheckedContinuation { continuation in
      queue.async {
        self.process.waitUntilExit()
        continuation.resume()
      }
    }
  }

  private func exchange(_ job: TournamentJob, limit: Double) -> Ending {
    let late = Locked(false)
    let pid = process.processIdentifier
    let alarm = DispatchWorkItem {
      late.withLock { $0 = true }
      kill(pid, SIGKILL)
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: alarm)
    defer { alarm.cancel() }
    do {
      var line = try CanonicalJSON.data(job)
      line.append(UInt8(ascii: "\n"))
      try AtomicFile.write(
        line, descriptor: input.fileHandleForWriting.fileDescriptor, naming: log)
      if let answer = readLine() {
        let reply: TournamentReply = try CanonicalJSON.decode(from: answer, origin: "a worker")
        guard reply.slot == job.slot else {
          throw AssayError(.corrupt, "a worker answered for another slot")
        }
        return .replied(reply)
      }
    } catch {
      // A worker that cannot be talked to is as good as dead.
      kill(pid, SIGKILL)
    }
    process.waitUntilExit()
    let wasLate = late.withLock { $0 }
    let status = process.terminationStatus
    let signalled = process.terminationReason == .uncaughtSignal
    let reason =
      wasLate
      ? "it took longer than \(limit.formatted()) seconds"
      : signalled ? "the worker died of signal \(status)" : "the worker ended with code \(status)"
    return .died(
      reason: reason, log: Self.tail(of: log),
      killed: signalled && status == SIGKILL && !wasLate)
  }

  private func readLine() -> Data? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(rest[..<end])
        rest = Data(rest[rest.index(after: end)...])
        return line
      }
      let count = read(output.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return nil }
      rest.append(contentsOf: buffer[..<count])
    }
  }

  /// The end of a log, and before it the line that names the error, which a long backtrace follows.
  private static func tail(of log: URL) -> String {
    let text = String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self)
    let end = String(text.suffix(2000))
    let cause = text.split(separator: "\n").first { $0.contains("rror: ") }.map(String.init)
    guard let cause, !end.contains(cause) else { return end }
    return cause.prefix(500) + "\n…\n" + end
  }
}
