import ArgumentParser
import AssayCore
import AssayTensor

/// The `assay` program: parses its arguments, runs a command, and maps what it throws.
public enum AssayTool {
  /// Runs the program with `arguments` (without its own name) and returns its exit code.
  ///
  /// 0: done; 1: the input, the files or the rules did not allow it, with one line that says what
  /// and one that says what to do next; 64: the command line was not understood.
  public static func run(_ arguments: [String]) async -> Int32 {
    let console = Console.current
    Runtime.start()
    do {
      var command = try AssayCommand.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return 0
    } catch let error as AssayError {
      console.note("error: \(error.message)")
      if let hint = error.hint { console.note("hint: \(hint)") }
      return error.code == .usage ? ExitCode.validationFailure.rawValue : 1
    } catch {
      let code = AssayCommand.exitCode(for: error)
      let message = AssayCommand.fullMessage(for: error)
      guard code != .success else {
        console.line(message)
        return 0
      }
      // A command that has said everything itself leaves with an exit code alone.
      if !message.isEmpty {
        let isUsage = code == .validationFailure
        console.note(isUsage ? message : "error: \(error.localizedDescription)")
      }
      return code.rawValue
    }
  }
}
