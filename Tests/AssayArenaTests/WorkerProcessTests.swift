import AssayCore
import Foundation
import Testing

@testable import AssayArena

/// A worker that is a few lines of shell; `$0` is where it writes its record.
private struct ShellWorker {
  let folder: URL
  let record: URL
  let worker: WorkerProcess

  init(_ script: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-worker-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    record = folder.appendingPathComponent("record")
    worker = try WorkerProcess(
      URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script, record.path], threads: 1,
      log: folder.appendingPathComponent("log"))
  }

  /// What came of one job, and after how many seconds.
  func perform(limit: Double = 600) async -> (ending: WorkerProcess.Ending, seconds: Double) {
    await withCheckedContinuation { continuation in
      // By a thread of its own, so that other tests do not count.
      Thread.detachNewThread { [worker, record] in
        let started = ContinuousClock.now
        let ending = worker.exchange(
          .plant("one"), limit: limit,
          isRecorded: { FileManager.default.fileExists(atPath: record.path) })
        continuation.resume(
          returning: (ending, (ContinuousClock.now - started) / .seconds(1)))
      }
    }
  }

  func remove() async {
    await worker.stop()
    try? FileManager.default.removeItem(at: folder)
  }
}

@Suite struct WorkerProcessTests {
  private static let answer = #"echo '{"slot":"one"}'"#

  @Test func `a worker that answers stays for the next job, in parts and with what follows`()
    async throws
  {
    let shell = try ShellWorker(
      #"while read job; do printf '{"slot":'; sleep 0.1; printf '"one"}\n'; done"#)
    for _ in 0..<2 {
      guard case .replied = await shell.perform().ending else {
        Issue.record("no reply")
        continue
      }
    }
    await shell.remove()
  }

  @Test(arguments: [
    "read job; touch $0; read more",  // says nothing
    "exec >&-; read job; touch $0; read more",  // cannot say anything
    "read job; touch $0; exit 7",  // dies before it can
    "read job; touch $0; echo nonsense; read more",
  ])
  func `a job with a record is done, whatever its worker says`(script: String) async throws {
    let shell = try ShellWorker(script)
    let (ending, seconds) = await shell.perform()
    guard case .recorded = ending else {
      Issue.record("\(ending)")
      return
    }
    #expect(seconds < 60)
    await shell.remove()
  }

  @Test func `a worker that dies is missed, even where another process holds its pipes open`()
    async throws
  {
    let shell = try ShellWorker("sleep 30 & read job; echo why >&2; exit 3")
    let (ending, seconds) = await shell.perform()
    guard case .died(let reason, let log, let killed) = ending else {
      Issue.record("\(ending)")
      return
    }
    // The other process holds what Foundation watches, too: then the code is not known.
    #expect(["the worker ended with code 3", "the worker is gone"].contains(reason))
    #expect(log == "why\n" && !killed && seconds < 20)
    await shell.remove()
  }

  @Test func `what a worker said last before it died counts`() async throws {
    let shell = try ShellWorker("read job; \(Self.answer)")
    guard case .replied = await shell.perform().ending else {
      Issue.record("no reply")
      return
    }
    guard case .died(_, _, let killed) = await shell.perform().ending else {
      Issue.record("it is dead")
      return
    }
    #expect(!killed)
    await shell.remove()
  }

  @Test func `a worker that was killed, that is late or talks nonsense is told apart`() async throws
  {
    for (script, limit, expected, wasKilled) in [
      ("read job; kill -9 $$", 600.0, "signal 9", true),
      ("read job; read more", 0.2, "longer than 0.2 seconds", false),
      ("read job; echo nonsense; read more", 600, "cannot be understood", false),
      (#"read job; echo '{"slot":"two"}'; read more"#, 600, "another slot", false),
    ] {
      let shell = try ShellWorker(script)
      guard case .died(let reason, _, let killed) = await shell.perform(limit: limit).ending else {
        Issue.record("\(script) is dead")
        continue
      }
      #expect(reason.contains(expected) && killed == wasKilled, "\(script): \(reason)")
      await shell.remove()
    }
  }
}
