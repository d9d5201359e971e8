import AssayCore
import Foundation

/// Where the human auditor shows and reads: the process's own terminal, unless a caller gives another.
public struct AuditTerminal: Sendable {
  /// Shows text.
  public var say: @Sendable (String) -> Void
  /// The next line after a prompt, nil when there is none; the words can be completed to.
  public var line: @Sendable (_ prompt: String, _ words: [String]) -> String?

  /// Makes a terminal of two functions.
  public init(
    say: @escaping @Sendable (String) -> Void,
    line: @escaping @Sendable (_ prompt: String, _ words: [String]) -> String?
  ) {
    self.say = say
    self.line = line
  }

  /// The process's own: with completion (tab) and history (arrows) where a person writes, plain lines
  /// from a pipe.
  public static let standard: AuditTerminal = {
    let history = Locked<[String]>([])
    let say: @Sendable (String) -> Void = { FileHandle.standardOutput.write(Data($0.utf8)) }
    return AuditTerminal(
      say: say,
      line: { prompt, words in
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return readLine() }
        let before = history.withLock { $0 }
        let line = edit(prompt, LineBuffer(words: words, history: before), say)
        if let line, !line.isEmpty, line != before.last { history.withLock { $0.append(line) } }
        return line
      })
  }()

  /// The terminal of the audit that is going on.
  @TaskLocal public static var current = AuditTerminal.standard

  /// Lets a person edit a line, key by key.
  private static func edit(
    _ prompt: String, _ start: LineBuffer, _ say: (String) -> Void
  ) -> String? {
    var usual = termios()
    guard tcgetattr(STDIN_FILENO, &usual) == 0 else {
      say(prompt)
      return readLine()
    }
    var raw = usual
    raw.c_lflag &= ~tcflag_t(ECHO | ICANON)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &usual) }
    var buffer = start
    say(prompt)
    while true {
      var byte: UInt8 = 0
      guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
      switch buffer.take(byte) {
      case .line(let line):
        say("\n")
        return line
      case .ended:
        say("\n")
        return nil
      case .choices(let words): say("\n\(words.joined(separator: "  "))\n")
      case .editing: break
      }
      // The whole line anew, the cursor then moved back to its place.
      let behind = buffer.text.count - buffer.cursor
      say("\r\u{1b}[K\(prompt)\(String(buffer.text))" + (behind > 0 ? "\u{1b}[\(behind)D" : ""))
    }
  }
}
