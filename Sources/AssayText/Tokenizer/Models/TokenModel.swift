/// What turns one word of text into tokens: `model` of a `tokenizer.json`.
protocol TokenModel: Sendable {
  /// Adds the tokens of `word` (valid UTF-8, not empty) to `ids`.
  ///
  /// `cache` may be used to remember what parts of a long word became.
  func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache)
}
