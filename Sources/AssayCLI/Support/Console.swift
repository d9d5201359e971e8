import AssayCore
import Foundation

/// Where a command writes: results to standard output, everything else to standard error.
///
/// Commands write through `Console.current`, so that a test can run one and read what it said.
public struct Console: Sendable {
  /// Writes text to the place for results.
  public var output: @Sendable (String) -> Void
  /// Writes text to the place for progress, notes and errors.
  public var errors: @Sendable (String) -> Void
  /// The next line of standard input without its end, nil after the last one.
  public var input: @Sendable () -> String?
  /// Whether a person writes the input on a terminal.
  public var isInteractive: Bool
  /// Whether a person sees the results on a terminal that understands colours.
  public var isTerminal: Bool

  /// Makes a console of two sinks and, if anybody can be asked, a source.
  public init(
    output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void,
    input: @escaping @Sendable () -> String? = { nil }, isTerminal: Bool = false,
    isInteractive: Bool = false
  ) {
    self.output = output
    self.errors = errors
    self.input = input
    self.isTerminal = isTerminal
    self.isInteractive = isInteractive
  }

  /// The console of the command that is running.
  @TaskLocal public static var current = Console.standard

  /// The process's own standard output and standard error.
  public static let standard = Console(
    output: { FileHandle.standardOutput.write(Data($0.utf8)) },
    errors: { FileHandle.standardError.write(Data($0.utf8)) },
    input: { readLine() },
    isTerminal: isatty(STDOUT_FILENO) == 1
      && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
      && ProcessInfo.processInfo.environment["TERM"] != "dumb",
    isInteractive: isatty(STDIN_FILENO) == 1)

  /// Writes one line of results.
  public func line(_ text: String = "") {
    output(text + "\n")
  }

  /// Writes one line beside the results.
  public func note(_ text: String) {
    errors(text + "\n")
  }

  /// Writes `value` as one line of JSON.
  public func json(_ value: some Encodable) throws {
    line(String(decoding: try CanonicalJSON.data(value), as: UTF8.self))
  }
}
