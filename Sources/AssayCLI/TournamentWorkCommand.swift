import ArgumentParser
import AssayArena
import AssayCore
import AssayTensor
import Foundation

/// `assay tournament work`: a worker of a tournament that another process plays.
struct TournamentWorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Works for a running tournament.", shouldDisplay: false)

  @Argument var tournament: String
  @Option var token: String
  @OptionGroup var store: StoreOptions

  func run() async throws {
    // Standard input ends when the coordinator does, however it does.
    let parent = getppid()
    let jobs = AsyncStream<String> { continuation in
      Thread.detachNewThread {
        while let line = readLine() { continuation.yield(line) }
        // Nobody waits for the job under way: it has no record yet, and is swept on resume.
        _exit(0)
      }
    }
    Thread.detachNewThread {
      while getppid() == parent { usleep(250_000) }
      _exit(0)
    }
    let worker = try TournamentWorker(
      tournament, token: token, arena: Arena(store: store.url(), quiet: true))
    Runtime.start(threads: worker.threads)
    for await job in jobs {
      Console.current.line(try await worker.perform(job))
    }
  }
}
