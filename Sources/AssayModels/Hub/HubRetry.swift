import AssayCore

/// Counts tries that brought nothing and says how long to wait before the next.
struct HubRetry {
  private let settings: HubSettings
  private let what: String
  private var failures = 0

  /// Counts tries at `what`, which messages name.
  init(_ settings: HubSettings, _ what: String) {
    self.settings = settings
    self.what = what
  }

  /// Something new arrived: the count starts again.
  mutating func progressed() { failures = 0 }

  /// Waits before another try; throws `AssayError(.io)` when there were enough, or when the server
  /// asks for more patience than there is.
  mutating func pause(after failure: HubFailure) async throws {
    failures += 1
    let hint =
      failure.isUnreachable
      ? "check the network and HF_ENDPOINT, then run the command again"
      : "run the command again later: it goes on where it stopped"
    guard failures < settings.attempts else {
      throw AssayError(
        failure.isUnreachable ? .unreachable : .io,
        "cannot get \(what): tried \(failures) times, the last time \(failure.reason)", hint: hint)
    }
    if let wait = failure.wait, wait > settings.longestPause {
      throw AssayError(
        .io, "cannot get \(what): the server asks to wait \(wait.components.seconds) seconds",
        hint: hint)
    }
    let growth = 1 << min(failures - 1, 4)
    try await Task.sleep(for: max(failure.wait ?? .zero, settings.backoff * growth))
  }
}
