import AssayCore
import AssayGame
import AssayText

/// Turns prompts into tokens and sees that they fit.
struct PromptCoder {
  let tokenizer: Tokenizer
  private let context: Int
  private let tool: String

  init(_ suspect: Suspect, tool: String) throws {
    tokenizer = try suspect.tokenizer()
    context = suspect.contextLength
    self.tool = tool
  }

  /// The tokens of each prompt, with `room` for more behind.
  ///
  /// Throws `AssayError(.badInput)` for a prompt that is empty or too long.
  func encode(_ prompts: [String], room: Int = 0) throws -> [[Int]] {
    try prompts.map { prompt in
      let ids = tokenizer.encode(prompt, addSpecial: true)
      guard !ids.isEmpty else { throw AssayError(.badInput, "a prompt of '\(tool)' is empty") }
      guard ids.count + room <= context else {
        throw AssayError(
          .badInput,
          "a prompt of '\(tool)' has \(ids.count) tokens, and the context of \(context) leaves room "
            + "for \(context - room): '\(prompt.prefix(40))…'", hint: "shorten it")
      }
      return ids
    }
  }
}
