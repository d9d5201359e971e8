/// One step of cutting text into words: `pre_tokenizer` of a `tokenizer.json`.
protocol PreTokenizationStep: Sendable {
  /// Calls `body(word, isStart)` with each word of `piece` (valid UTF-8, not empty), in order.
  ///
  /// `isStart` says whether a piece begins where the whole text begins.
  func forEachWord(
    in piece: UnsafeBufferPointer<UInt8>, isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void)
}
