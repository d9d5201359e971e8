import ArgumentParser
import AssayText
import Foundation

/// `assay tokenizer encode`: the token ids of strings.
struct TokenizerEncodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Reads one JSON string a line and writes one list of token ids a line.",
    discussion: """
      Example:
        echo '"The capital of France"' | assay tokenizer encode --tokenizer DIR/tokenizer.json
      """)

  @OptionGroup var lines: TokenizerLines

  @Flag(help: "Leave out the tokens that the file puts around a text.")
  var noSpecial = false

  func run() async throws {
    let tokenizer = try lines.open()
    try lines.forEach(String.self) { text in
      let ids = tokenizer.encode(text, addSpecial: !noSpecial)
      return "[" + ids.map(String.init).joined(separator: ",") + "]"
    }
  }
}
