import ArgumentParser
import AssayCore
import Foundation

/// Where a command reads lines from that it answers one by one.
struct LineInput: ParsableArguments {
  @Option(help: ArgumentHelp("Lines to read; '-' is standard input.", valueName: "file"))
  var input = "-"

  /// Writes a line for each line of the input that is not empty; `answer` gets its number, from 1.
  func forEach(_ answer: (Data, Int) throws -> String) throws {
    let data: Data
    if input == "-" {
      data = FileHandle.standardInput.readDataToEndOfFile()
    } else {
      guard let contents = FileManager.default.contents(atPath: input) else {
        throw AssayError(
          .unreadable, "cannot read '\(input)'", hint: "check that you may read this file")
      }
      data = contents
    }
    var waiting = ""
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      waiting += try answer(Data(line), number + 1) + "\n"
      // In large pieces: a system call for each line would take longer than the encoding.
      if waiting.utf8.count > 1 << 16 {
        Console.current.output(waiting)
        waiting = ""
      }
    }
    if !waiting.isEmpty { Console.current.output(waiting) }
  }
}
