import Foundation

/// The `assay` program in a process of its own, which can be killed with all that it started.
final class TournamentProcess {
  private let process = Process()

  /// The program that the tests were built with.
  static let program = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".build/debug/assay")

  init(_ arguments: [String], errors: URL) throws {
    try Data().write(to: errors)
    process.executableURL = Self.program
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// Lets a moment pass without giving up the thread: on a busy machine it would come back after what it
  /// waits to see.
  static func pause() { usleep(50_000) }

  /// Waits for the end and gives the exit code.
  func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// The processes that this one started.
  var workers: [Int32] { Self.children(of: process.processIdentifier) }

  /// Kills this process alone.
  func killAlone() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Kills this process and every one below it, `workersFirst` or last.
  func killTree(workersFirst: Bool) {
    let workers = workers
    if workersFirst { for worker in workers { kill(worker, SIGKILL) } }
    kill(process.processIdentifier, SIGKILL)
    for worker in workers { kill(worker, SIGKILL) }
    process.waitUntilExit()
  }

  static func isAlive(_ pid: Int32) -> Bool {
    guard let state = stat(pid)?.state else { return false }
    return state != "Z"
  }

  private static func children(of parent: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { stat($0)?.parent == parent }
  }

  /// State and parent of a process, from Linux's /proc.
  private static func stat(_ pid: Int32) -> (state: String, parent: Int32)? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      // The name before it may hold anything, brackets too.
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
    return (String(fields[0]), parent)
  }
}
