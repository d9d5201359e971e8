import ArgumentParser

/// `assay tokenizer`: a tokenizer alone.
struct TokenizerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer",
    abstract: "Turns text into token ids and back.",
    subcommands: [TokenizerEncodeCommand.self, TokenizerDecodeCommand.self])
}
