import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A worker as its coordinator sees it: a process that answers one line for each line it gets.
///
/// Its answer is a courtesy: a job is over when it has its record on disk, so that an answer which is late
/// or lost holds nothing up.
final class WorkerProcess: @unchecked Sendable {
  /// How a job ended.
  enum Ending: Sendable {
    /// The worker answered, and is ready for the next job.
    case replied
    /// The job has its record, and the worker is gone: it died, or said nothing and was killed.
    case recorded
    /// The worker is gone, and there is no record; `killed` when from outside, by SIGKILL.
    case died(reason: String, log: String, killed: Bool)
  }

  private let process: Process
  private let input: Pipe
  private let output: Pipe
  private let log: URL
  private let queue = DispatchQueue(label: "assay.worker")
  // Touched on `queue` alone.
  private var rest = Data()
  private var isClosed = false

  /// Seconds between two looks at whether the job has its record and the worker lives.
  private static let interval = 0.5
  /// Seconds that a worker gets to answer when its job has its record, and to end when its input has.
  private static let patience = 2.0

  /// Workers are started one after the other.
  ///
  /// Foundation on Linux closes in a new process what was open when it looked, a moment before the start. Pipes
  /// made in between would be inherited, and then neither would a worker see that its input has ended nor its
  /// coordinator that it is dead, for as long as the other worker lives.
  private static let starting = Locked(())

  /// Starts `executable`; its standard error goes to `log`, which begins empty.
  init(_ executable: URL, arguments: [String], threads: Int, log: URL) throws {
    self.log = log
    // A job is handed to a worker that may just have died: that is an error to be told, not this process' end.
    signal(SIGPIPE, SIG_IGN)
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
  ///
  /// `isRecorded` tells whether the job has its record; it is asked about twice a second.
  func perform(
    _ job: TournamentJob, limit: Double, isRecorded: @escaping @Sendable () -> Bool
  ) async -> Ending {
    await withCheckedContinuation { continuation in
      queue.async {
        continuation.resume(
          returning: self.exchange(job, limit: limit, isRecorded: isRecorded))
      }
    }
  }

  /// Ends the worker and waits for it.
  func stop() async {
    try? input.fileHandleForWriting.close()
    await withCheckedContinuation { continuation in
      queue.async {
        if !self.ends(within: Self.patience) { self.end() }
        continuation.resume()
      }
    }
  }

  /// ``perform(_:limit:isRecorded:)`` on the thread that calls it.
  func exchange(
    _ job: TournamentJob, limit: Double, isRecorded: () -> Bool
  ) -> Ending {
    let started = ContinuousClock.now
    var recorded: ContinuousClock.Instant?
    do {
      var line = try CanonicalJSON.data(job)
      line.append(UInt8(ascii: "\n"))
      try AtomicFile.write(
        line, descriptor: input.fileHandleForWriting.fileDescriptor, naming: log)
      while true {
        let left = limit - (ContinuousClock.now - started) / .seconds(1)
        if let answer = readLine(within: min(left, Self.interval)) {
          let reply: TournamentReply = try CanonicalJSON.decode(from: answer, origin: "a worker")
          guard reply.slot == job.slot else {
            throw AssayError(.corrupt, "a worker answered for another slot")
          }
          return .replied
        }
        // Not the end of its output: another process may hold that open, or the worker have closed it.
        if hasEnded {
          // What it said last may have come since.
          if !fill(within: 0) { return ending(nil, isRecorded) }
        } else if left <= 0 {
          end()
          return ending("it took longer than \(limit.formatted()) seconds", isRecorded)
        } else if let since = recorded {
          guard ContinuousClock.now - since > .seconds(Self.patience) else { continue }
          end()
          return .recorded
        } else if isRecorded() {
          recorded = ContinuousClock.now
        }
      }
    } catch {
      // A worker that cannot be talked to is as good as dead; most often it is.
      let isDead = ends(within: Self.interval)
      if !isDead { end() }
      return ending(isDead ? nil : "the worker cannot be understood: \(error)", isRecorded)
    }
  }

  /// What a job came to whose worker is gone, for a known `reason` or by itself.
  private func ending(_ reason: String?, _ isRecorded: () -> Bool) -> Ending {
    if isRecorded() { return .recorded }
    // Foundation learns of the end by a descriptor of its own, a moment later; it need not.
    let isKnown = waits(Self.patience) { !process.isRunning }
    let log = Self.tail(of: self.log)
    guard isKnown else {
      return .died(reason: reason ?? "the worker is gone", log: log, killed: false)
    }
    let status = process.terminationStatus
    let signalled = process.terminationReason == .uncaughtSignal
    return .died(
      reason: reason
        ?? (signalled
          ? "the worker died of signal \(status)" : "the worker ended with code \(status)"),
      log: log, killed: signalled && status == SIGKILL && reason == nil)
  }

  // MARK: Life and death

  /// Whether the process is over, even where its parts of pipes and sockets are open elsewhere.
  private var hasEnded: Bool {
    guard process.isRunning else { return true }
    var info = siginfo_t()
    // It stays to be waited for: that is Foundation's.
    let found = waitid(
      P_PID, id_t(process.processIdentifier), &info, WEXITED | WNOHANG | WNOWAIT)
    return found == 0 ? info.si_signo != 0 : errno == ECHILD
  }

  private func ends(within seconds: Double) -> Bool { waits(seconds) { hasEnded } }

  /// Kills the process, and waits so that it writes nothing more.
  private func end() {
    guard !hasEnded else { return }
    kill(process.processIdentifier, SIGKILL)
    _ = ends(within: Self.patience)
  }

  private func waits(_ seconds: Double, until condition: () -> Bool) -> Bool {
    let started = ContinuousClock.now
    while !condition() {
      if ContinuousClock.now - started > .seconds(seconds) { return false }
      usleep(5000)
    }
    return true
  }

  // MARK: Reading

  /// The next whole line, nil where there is none within about `seconds`.
  private func readLine(within seconds: Double) -> Data? {
    let started = ContinuousClock.now
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(rest[..<end])
        rest = Data(rest[rest.index(after: end)...])
        return line
      }
      let left = seconds - (ContinuousClock.now - started) / .seconds(1)
      guard left > 0, fill(within: left) else { return nil }
    }
  }

  /// Waits for output and takes it in; false where none came, because of the time or of an end.
  private func fill(within seconds: Double) -> Bool {
    // Output ends when a process does, an instant before that can be seen.
    if isClosed {
      usleep(UInt32(max(0, min(seconds, 0.02)) * 1e6))
      return false
    }
    var descriptor = pollfd(
      fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, Int32(max(0, seconds) * 1000)) > 0 else { return false }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(descriptor.fd, &buffer, buffer.count)
    guard count > 0 else {
      isClosed = count == 0 || (errno != EINTR && errno != EAGAIN)
      return false
    }
    rest.append(contentsOf: buffer[..<count])
    return true
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
