import AssayCore
import AssayModels
import AssayText

/// Models small enough to be made anew in every test.
public enum TinyModel {
  /// A Llama with random weights and a tokenizer of its own: 2 blocks, width 32, 4 heads sharing 2
  /// key/value heads, 256 tokens of context; about 50 thousand weights.
  ///
  /// Equal seeds give equal weights. It knows nothing; use it for form, not for content.
  public static func make(seed: UInt64 = 1, vocabularySize: Int = 512) throws -> ModelBundle {
    let tokenizer = try tokenizer(vocabularySize: vocabularySize)
    let end = tokenizer.specialTokens[ChatMarkup.end].map { [$0] } ?? []
    let configuration = ModelConfiguration(
      hiddenSize: 32, intermediateSize: 64, layers: 2, heads: 4, keyValueHeads: 2,
      vocabularySize: tokenizer.vocabularySize, contextLength: 256,
      endOfSequence: [tokenizer.endOfText].compactMap { $0 })
    return try ModelBundle(
      model: DecoderModel(configuration, seed: seed), tokenizer: tokenizer, stop: end)
  }

  /// A byte-level tokenizer trained on a few documents of SmallWorld, special tokens included.
  public static func tokenizer(vocabularySize: Int = 512) throws -> Tokenizer {
    let known = trained.withLock { $0[vocabularySize] }
    if let known { return known }
    let world = SmallWorld()
    let texts = SmallWorld.registers.flatMap { register in
      (0..<4).map { world.document(register, index: $0, split: .train).text }
    }
    let tokenizer = try Tokenizer.train(
      texts, vocabularySize: vocabularySize, specialTokens: ChatMarkup.specialTokens)
    trained.withLock { $0[vocabularySize] = tokenizer }
    return tokenizer
  }

  private static let trained = Locked<[Int: Tokenizer]>([:])
}
