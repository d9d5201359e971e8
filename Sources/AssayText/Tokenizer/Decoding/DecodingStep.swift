/// One step of what makes text of tokens: `decoder` of a `tokenizer.json`.
protocol DecodingStep: Sendable {
  /// The pieces of text that `tokens` become; what all steps leave is joined.
  func apply(to tokens: [[UInt8]]) -> [[UInt8]]

  /// What one token stands for wherever it is in a text.
  func bytes(of token: [UInt8]) -> [UInt8]
}

extension DecodingStep {
  func bytes(of token: [UInt8]) -> [UInt8] { token }

  /// U+FFFD in UTF-8.
  static var replacementCharacter: [UInt8] { [0xEF, 0xBF, 0xBD] }
}
