import AssayCore

/// Progress of a download: counts bytes, shows megabytes, or kilobytes where these are few.
final class ByteMeter: Sendable {
  private let unit: Int
  private let progress: AssayCore.Progress
  /// Bytes so far, and how many units of them have been shown.
  private let state = Locked((bytes: 0, shown: 0))

  /// Starts at 0 of `total` bytes.
  init(_ label: String, total: Int, quiet: Bool) {
    let isLarge = total >= 10_000_000
    unit = isLarge ? 1_000_000 : 1000
    progress = AssayCore.Progress(
      label, total: max(total / unit, 1), unit: isLarge ? "MB" : "kB", quiet: quiet)
  }

  /// Counts `bytes` more; fewer than none takes some back.
  func advance(by bytes: Int) {
    let step = state.withLock { state in
      state.bytes += bytes
      let step = state.bytes / unit - state.shown
      state.shown += step
      return step
    }
    if step != 0 { progress.advance(by: step) }
  }

  /// Ends the line.
  func finish() { progress.finish() }
}
