import ArgumentParser

/// `assay tokenizer`: a tokenizer alone.
struct TokenizerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer",
    abstract: "Turns text into token ids and back, and chats into text.",
    subcommands: [
      TokenizerEncodeCommand.self, TokenizerDecodeCommand.self, TokenizerChatCommand.self,
    ])
}
