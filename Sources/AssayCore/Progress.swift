import Foundation

/// A counter of work done, shown on standard error.
///
/// On a terminal the line is redrawn in place (`label 34/120 28% 12.3/s ETA 0:07`); in a pipe a
/// plain line is written about every five seconds. Standard output is never touched.
public final class Progress: Sendable {
  private struct State {
    var done = 0
    var lastShown: ContinuousClock.Instant?
    var note: String?
    var finished = false
    var width = 0
  }

  private let label: String
  private let total: Int
  private let unit: String
  private let quiet: Bool
  private let terminal: Bool
  private let started = ContinuousClock.now
  private let state = Locked(State())

  /// Starts a counter from 0 to `total`; `total` 0 means that the end is not known.
  ///
  /// `unit` follows the rate ("12.3 tokens/s"); `quiet` shows nothing at all.
  public init(_ label: String, total: Int, unit: String = "", quiet: Bool = false) {
    self.label = label
    self.total = total
    self.unit = unit
    self.quiet = quiet
    terminal = isatty(STDERR_FILENO) == 1
  }

  /// Counts `amount` more as done; `note` replaces the text at the end of the line.
  public func advance(by amount: Int = 1, note: String? = nil) {
    let now = ContinuousClock.now
    let text: String? = state.withLock { state in
      state.done += amount
      if let note { state.note = note }
      guard !quiet, !state.finished else { return nil }
      let pause: Duration = terminal ? .milliseconds(100) : .seconds(5)
      if now - (state.lastShown ?? (terminal ? now - pause : started)) < pause { return nil }
      state.lastShown = now
      return shown(&state, now: now)
    }
    if let text { emit(text) }
  }

  /// Shows the last state and ends the line; later calls do nothing.
  public func finish() {
    let text: String? = state.withLock { state in
      guard !state.finished else { return nil }
      state.finished = true
      guard !quiet, terminal || state.lastShown != nil else { return nil }
      let line = shown(&state, now: .now)
      return terminal ? line + "\n" : line
    }
    if let text { emit(text) }
  }

  /// One line of text for `done` of `total` after `seconds`.
  static func line(
    label: String, done: Int, total: Int, unit: String, seconds: Double, note: String?
  ) -> String {
    var parts = [label, total > 0 ? "\(done)/\(total)" : "\(done)"]
    if total > 0 { parts.append("\(100 * done / total)%") }
    if seconds > 0, done > 0 {
      let rate = Double(done) / seconds
      let digits = rate < 100 ? 1 : 0
      let space = unit.isEmpty ? "" : " "
      parts.append(String(format: "%.\(digits)f", rate) + space + unit + "/s")
      if total > done {
        let left = Int((Double(total - done) / rate).rounded(.up))
        let clock =
          left < 3600
          ? String(format: "%d:%02d", left / 60, left % 60)
          : String(format: "%d:%02d:%02d", left / 3600, left / 60 % 60, left % 60)
        parts.append("ETA \(clock)")
      }
    }
    if let note, !note.isEmpty { parts.append(note) }
    return parts.joined(separator: " ")
  }

  private func shown(_ state: inout State, now: ContinuousClock.Instant) -> String {
    let elapsed = (now - started).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    let line = Self.line(
      label: label, done: state.done, total: total, unit: unit, seconds: seconds,
      note: state.note)
    guard terminal else { return line + "\n" }
    let padding = String(repeating: " ", count: max(0, state.width - line.count))
    state.width = line.count
    return "\r" + line + padding
  }

  private func emit(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
