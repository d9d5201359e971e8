import ArgumentParser
import AssayCore
import AssayText
import Foundation

/// What the tokenizer commands share: which tokenizer, and where lines of JSON come from.
struct TokenizerLines: ParsableArguments {
  @Option(help: ArgumentHelp("A tokenizer.json or tokenizer.model.", valueName: "file"))
  var tokenizer: String

  @OptionGroup var lines: LineInput

  /// Reads the tokenizer; a file that ends in `.model` is SentencePiece's.
  func open() throws -> Tokenizer {
    let url = URL(fileURLWithPath: tokenizer)
    return url.pathExtension == "model"
      ? try Tokenizer(sentencePiece: url) : try Tokenizer(json: url)
  }

  /// Writes a line for each line of the input; throws `AssayError(.badInput)` naming one that is not a
  /// `Value` in JSON.
  func forEach<Value: Decodable>(_ type: Value.Type, _ answer: (Value) throws -> String) throws {
    let decoder = JSONDecoder()
    try lines.forEach { line, number in
      guard let value = try? decoder.decode(type, from: line) else {
        throw AssayError(
          .badInput, "line \(number) of the input cannot be understood",
          hint: type == String.self
            ? "each line is one JSON string" : "each line is a JSON list of token ids")
      }
      return try answer(value)
    }
  }
}
