import AssayCore
import Foundation

/// Lets a command that runs until it is stopped end in order.
///
/// The first SIGINT or SIGTERM calls the given action; a second one ends the process.
final class StopSignals: Sendable {
  private let sources: Locked<[any DispatchSourceSignal]>

  init(quiet: Bool, stop: @escaping @Sendable () async -> Void) {
    let console = Console.current
    let count = Locked(0)
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let isFirst = count.withLock { count in
          count += 1
          return count == 1
        }
        guard isFirst else { exit(128 + number) }
        if !quiet { console.note("stopping; once more stops at once") }
        Task { await stop() }
      }
      source.resume()
      return source
    }
    self.sources = Locked(sources)
  }

  /// Gives the signals back their usual meaning.
  func cancel() {
    sources.withLock { sources in
      sources.forEach { $0.cancel() }
      sources = []
    }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
