import ArgumentParser
import AssayText
import Foundation

/// `assay tokenizer decode`: the text of token ids.
struct TokenizerDecodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode",
    abstract: "Reads one list of token ids a line and writes one JSON string a line.",
    discussion: """
      Example:
        echo '[464, 3139]' | assay tokenizer decode --tokenizer DIR/tokenizer.json
      """)

  @OptionGroup var lines: TokenizerLines

  @Flag(help: "Leave special tokens out.")
  var skipSpecial = false

  func run() async throws {
    let tokenizer = try lines.open()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    try lines.forEach([Int].self) { ids in
      let text = tokenizer.decode(ids, skipSpecial: skipSpecial)
      return String(decoding: try encoder.encode(text), as: UTF8.self)
    }
  }
}
