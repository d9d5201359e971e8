import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process that got its three standard streams and an environment, and nothing else.
///
/// Foundation's `Process` leaves a socket of its own open in what it starts, which will not do for a
/// program that nobody trusts. A thread of its own starts it and waits for it: what asks the system to
/// be killed with its parent (bubblewrap does) is killed when that thread ends, and threads that serve
/// tasks end whenever there is little to do.
final class SpawnedProcess: Sendable {
  /// The id; it stays the process's own until `status` is there.
  let pid: pid_t
  private let ended: Locked<Int32?>

  /// Starts the program at `path`; it gets the three open files as its standard streams.
  ///
  /// Throws `AssayError(.io)` when the system refuses.
  init(
    _ path: String, arguments: [String], environment: [String: String],
    input: Int32, output: Int32, errors: Int32
  ) throws {
    let ended = Locked<Int32?>(nil)
    let started = Locked<Result<pid_t, AssayError>?>(nil)
    let isStarted = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let result = Self.spawn(
        path, arguments, environment, input: input, output: output, errors: errors)
      started.withLock { $0 = result }
      isStarted.signal()
      if case .success(let pid) = result { Self.wait(for: pid, ended) }
    }
    isStarted.wait()
    pid = try started.withLock { $0 }?.get() ?? 0
    self.ended = ended
  }

  /// Returns when the process is over and its status is kept.
  private static func wait(for pid: pid_t, _ ended: Locked<Int32?>) {
    // Seen first and taken afterwards: as long as no status is kept, the id is still the process's own.
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    ended.withLock { ended in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      ended = status
    }
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String], input: Int32,
    output: Int32, errors: Int32
  ) -> Result<pid_t, AssayError> {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    // A group of its own, and signals as a program expects them whatever this one made of them.
    var flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    #if canImport(Darwin)
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      // Some more than are open now: other threads may be opening files. Closing none is no error.
      for file in 3..<(Self.openFiles + 64) {
        posix_spawn_file_actions_addclose(&actions, file)
      }
    #endif
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD] {
      sigaddset(&signals, signal)
    }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, path, &actions, &attributes, &words, &settings)
    guard code == 0 else {
      return .failure(
        AssayError(
          .io, "cannot start '\(path)': \(String(cString: strerror(code)).lowercased())"))
    }
    return .success(started)
  }

  /// How the process ended, as `waitpid` says it; nil while it runs.
  var status: Int32? { ended.withLock { $0 } }

  /// Sends a signal to the process and its group, if it still runs.
  func kill(_ signal: Int32) {
    ended.withLock { ended in
      // Once it was waited for, its id may be another's.
      guard ended == nil else { return }
      #if canImport(Glibc)
        _ = Glibc.kill(-pid, signal)
        _ = Glibc.kill(pid, signal)
      #else
        _ = Darwin.kill(-pid, signal)
        _ = Darwin.kill(pid, signal)
      #endif
    }
  }

  /// A status in words.
  static func words(_ status: Int32) -> String {
    code(status).map { "it ended with code \($0)" } ?? "it died of signal \(status & 0x7f)"
  }

  /// The code with which a program ended; nil where a signal ended it.
  static func code(_ status: Int32) -> Int32? { status & 0x7f == 0 ? (status >> 8) & 0xff : nil }

  /// One more than the largest number of an open file.
  private static var openFiles: Int32 {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return (names.compactMap { Int32($0) }.max() ?? 1023) + 1
  }

  /// Two ends of a pipe, for reading and writing, which no other program inherits.
  static func pipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [0, 0]
    #if canImport(Glibc)
      let code = Glibc.pipe(&ends)
    #else
      let code = Darwin.pipe(&ends)
    #endif
    guard code == 0 else {
      throw AssayError(.io, "cannot make a pipe: \(String(cString: strerror(errno)).lowercased())")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
