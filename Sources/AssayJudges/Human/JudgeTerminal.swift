import Foundation

/// Where the human judge shows and asks: standard output and input, unless a caller gives another.
public struct JudgeTerminal: Sendable {
  /// Shows text.
  public var say: @Sendable (String) -> Void
  /// The next line, without white space around it; nil when there is none.
  public var line: @Sendable () -> String?

  /// Makes a terminal of two functions.
  public init(say: @escaping @Sendable (String) -> Void, line: @escaping @Sendable () -> String?) {
    self.say = say
    self.line = line
  }

  /// The process's own.
  public static let standard = JudgeTerminal(
    say: { FileHandle.standardOutput.write(Data($0.utf8)) }, line: { readLine() })

  /// The terminal of the judging that is going on.
  @TaskLocal public static var current = JudgeTerminal.standard

  /// Shows `question` and reads a line.
  func ask(_ question: String) -> String? {
    say(question)
    return line()?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
