/// Cuts text into the words that the model turns into tokens, as `pre_tokenizer` of a `tokenizer.json`
/// says: steps, each of which cuts what the one before left.
struct PreTokenizer: Sendable {
  private(set) var steps: [any PreTokenizationStep] = []

  init(steps: [any PreTokenizationStep]) {
    self.steps = steps
  }

  /// The pre-tokenizer of GPT-2, which leaves words as bytes.
  static func gpt2() throws -> PreTokenizer {
    PreTokenizer(steps: [
      ByteLevelSplit(
        addsPrefixSpace: false, pattern: try RegexSplitter(RegexSplitter.gpt2Pattern),
        keepsBytes: true)
    ])
  }

  /// Whether the last step is `ByteLevel`, so that a model of bytes can do without the alphabet.
  var endsInBytes: Bool { steps.last is ByteLevelSplit }

  /// The same with the last `ByteLevel` step leaving words as bytes.
  func keepingBytes() -> PreTokenizer {
    guard var last = steps.last as? ByteLevelSplit else { return self }
    last.keepsBytes = true
    return PreTokenizer(steps: steps.dropLast() + [last])
  }

  /// Calls `body` with each word of `text` (valid UTF-8), in order.
  ///
  /// `isStart` says whether `text` begins where the whole text begins.
  func forEachWord(
    in text: UnsafeBufferPointer<UInt8>, isStart: Bool = true,
    _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard !text.isEmpty else { return }
    cut(text, isStart, from: 0, body)
  }

  private func cut(
    _ text: UnsafeBufferPointer<UInt8>, _ isStart: Bool, from step: Int,
    _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    guard step < steps.count else { return body(text) }
    steps[step].forEachWord(in: text, isStart: isStart) { word, isStart in
      if step + 1 == steps.count { body(word) } else { cut(word, isStart, from: step + 1, body) }
    }
  }
}
