import Foundation

/// A line that a person is writing: text, cursor, the lines before, and what words can be completed to.
///
/// Knows nothing of terminals: bytes go in, and what is to be shown can be read from it.
struct LineBuffer: Sendable {
  /// What a key led to.
  enum Outcome: Hashable, Sendable {
    /// The line goes on.
    case editing
    /// The line is done.
    case line(String)
    /// The input ended.
    case ended
    /// Several words fit.
    case choices([String])
  }

  /// The text so far.
  private(set) var text: [Character] = []
  /// Characters before the cursor.
  private(set) var cursor = 0
  private let words: [String]
  private let history: [String]
  /// The line of the history that is shown, one past the last for the own one.
  private var shown: Int
  /// The own line while another one is shown.
  private var own: [Character] = []
  /// Bytes of a key, or of a character, that is not complete yet.
  private var pending: [UInt8] = []

  /// Begins an empty line.
  init(words: [String], history: [String]) {
    self.words = words
    self.history = history
    shown = history.count
  }

  /// Takes the next byte of the input.
  mutating func take(_ byte: UInt8) -> Outcome {
    if pending.first == 0x1b { return escape(byte) }
    switch byte {
    case 0x0a, 0x0d: return .line(String(text))
    case 0x04: return text.isEmpty ? .ended : .editing  // Ctrl-D
    case 0x01: cursor = 0  // Ctrl-A
    case 0x05: cursor = text.count  // Ctrl-E
    case 0x15:  // Ctrl-U
      text.removeFirst(cursor)
      cursor = 0
    case 0x08, 0x7f:
      if cursor > 0 {
        cursor -= 1
        text.remove(at: cursor)
      }
    case 0x09: return complete()
    case 0x1b: pending = [byte]
    case 0..<0x20: break
    default: insert(byte)
    }
    return .editing
  }

  /// A byte of a character in UTF-8.
  private mutating func insert(_ byte: UInt8) {
    pending.append(byte)
    guard let decoded = String(bytes: pending, encoding: .utf8) else {
      if pending.count >= 4 { pending = [] }
      return
    }
    pending = []
    for character in decoded {
      text.insert(character, at: cursor)
      cursor += 1
    }
  }

  /// A byte of an arrow key or the like: ESC [ letter, or ESC [ digit ~.
  private mutating func escape(_ byte: UInt8) -> Outcome {
    pending.append(byte)
    if pending.count == 2, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") {
      return .editing
    }
    if pending.count < 6, (0x30...0x3b).contains(byte) { return .editing }
    let key = pending.dropFirst(2)
    pending = []
    switch key.last {
    case UInt8(ascii: "A"): show(shown - 1)
    case UInt8(ascii: "B"): show(shown + 1)
    case UInt8(ascii: "C"): cursor = min(cursor + 1, text.count)
    case UInt8(ascii: "D"): cursor = max(cursor - 1, 0)
    case UInt8(ascii: "H"): cursor = 0
    case UInt8(ascii: "F"): cursor = text.count
    case UInt8(ascii: "~"):
      if key.first == UInt8(ascii: "3"), cursor < text.count { text.remove(at: cursor) }
    default: break
    }
    return .editing
  }

  private mutating func show(_ place: Int) {
    guard (0...history.count).contains(place), place != shown else { return }
    if shown == history.count { own = text }
    shown = place
    text = place == history.count ? own : Array(history[place])
    cursor = text.count
  }

  /// Completes the word before the cursor as far as all that fit agree.
  private mutating func complete() -> Outcome {
    let start = text[..<cursor].lastIndex(of: " ").map { $0 + 1 } ?? 0
    let begun = String(text[start..<cursor])
    let fitting = words.filter { $0.hasPrefix(begun) }.sorted()
    guard let first = fitting.first, let last = fitting.last else { return .editing }
    // Of sorted words the first and the last agree least.
    var common = String(zip(first, last).prefix { $0 == $1 }.map(\.0))
    if fitting.count == 1 { common += " " }
    guard common.count > begun.count else {
      return fitting.count > 1 ? .choices(fitting) : .editing
    }
    let more = common.dropFirst(begun.count)
    text.insert(contentsOf: more, at: cursor)
    cursor += more.count
    return .editing
  }
}
