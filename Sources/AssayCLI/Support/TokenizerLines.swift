import ArgumentParser
import AssayCore
import AssayText
import Foundation

/// What the tokenizer commands share: which tokenizer, and where lines of JSON come from.
struct TokenizerLines: ParsableArguments {
  @Option(help: ArgumentHelp("A tokenizer.json or tokenizer.model.", valueName: "file"))
  var tokenizer: String

  @Option(help: ArgumentHelp("Lines to read; '-' is standard input.", valueName: "file"))
  var input = "-"

  /// Reads the tokenizer; a file that ends in `.model` is SentencePiece's.
  func open() throws -> Tokenizer {
    let url = URL(fileURLWithPath: tokenizer)
    return url.pathExtension == "model"
      ? try Tokenizer(sentencePiece: url) : try Tokenizer(json: url)
  }

  /// Writes a line for each line of the input; throws `AssayError(.badInput)` naming one that is not a
  /// `Value` in JSON.
  func forEach<Value: Decodable>(_ type: Value.Type, _ answer: (Value) throws -> String) throws {
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
    let decoder = JSONDecoder()
    var waiting = ""
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let value = try? decoder.decode(type, from: Data(line)) else {
        throw AssayError(
          .badInput, "line \(number + 1) of the input cannot be understood",
          hint: type == String.self
            ? "each line is one JSON string" : "each line is a JSON list of token ids")
      }
      waiting += try answer(value) + "\n"
      // In large pieces: a system call for each line would take longer than the encoding.
      if waiting.utf8.count > 1 << 16 {
        Console.current.output(waiting)
        waiting = ""
      }
    }
    if !waiting.isEmpty { Console.current.output(waiting) }
  }
}
