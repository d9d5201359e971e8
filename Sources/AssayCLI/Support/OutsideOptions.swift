import ArgumentParser
import AssayArena
import AssayCore

/// A program of a third party as the auditor, and how it is held.
struct OutsideOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Audit with this program, which speaks MCP on its standard input and output.",
      valueName: "command"))
  var auditorCommand: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      """
      A file or folder that the program may read; may be repeated. Files that the command names and \
      the program's own environment are readable as it is.
      """, valueName: "path"))
  var readable: [String] = []

  @Option(help: ArgumentHelp("Seconds after which the program is killed.", valueName: "seconds"))
  var timeLimit: Double = 600

  @Flag(help: "Run the program without bubblewrap, with all that you may do; the ledger says so.")
  var unconfined = false

  func validate() throws {
    if !(timeLimit > 0) { throw ValidationError("--time-limit must be positive") }
    if auditorCommand == nil, unconfined || !readable.isEmpty {
      throw ValidationError("--readable and --unconfined need --auditor-command")
    }
  }

  /// What these flags ask for; nil without a command.
  func request() throws -> OutsideRequest? {
    auditorCommand.map {
      OutsideRequest(
        command: $0, readable: readable, unconfined: unconfined,
        limits: OutsideLimits(seconds: timeLimit))
    }
  }
}
