import AssayCore

extension Tokenizer {
  /// Learns a byte-level BPE tokenizer from texts.
  ///
  /// The vocabulary is the special tokens, in the order given and numbered from 0, the 256 bytes, and
  /// as many merges as fill `vocabularySize`; fewer where the texts have no more pairs. Equal input
  /// gives an equal tokenizer, and the same one that `BpeTrainer` of the `tokenizers` library learns
  /// (with `ByteLevel` pre-tokenizer and alphabet), except that special tokens written in the texts
  /// are skipped here and read as plain text there.
  ///
  /// - Parameters:
  ///   - texts: the documents, each used once; words do not cross from one to the next.
  ///   - vocabularySize: at least 256 and one for each special token.
  ///   - progress: advanced once for each merge learned.
  ///
  /// Throws `AssayError(.badInput)` for a size too small, or an empty or repeated special token.
  /// Cost: memory for the distinct words; 20 MB of text to 3,072 tokens takes seconds.
  public static func train(
    _ texts: some Sequence<String>, vocabularySize: Int, specialTokens: [String],
    progress: Progress? = nil
  ) throws -> Tokenizer {
    let smallest = specialTokens.count + 256
    guard vocabularySize >= smallest, vocabularySize <= 1 << 24 else {
      throw AssayError(
        .badInput, "a vocabulary of \(vocabularySize) tokens cannot be learned",
        hint: "choose from \(smallest) (bytes and special tokens) to \(1 << 24)")
    }
    let added = specialTokens.enumerated().map { AddedToken(id: $0.offset, content: $0.element) }
    guard Set(specialTokens.map { ByteString($0) }).count == added.count,
      !specialTokens.contains(where: { $0.isEmpty || ByteAlphabet.read($0)?.count == 1 })
    else {
      throw AssayError(
        .badInput, "special tokens must be distinct and longer than one character",
        hint: "for example <|endoftext|>")
    }
    var trainer = BytePairTrainer(specialTokens: specialTokens)
    trainer.learn(
      from: try wordCounts(texts, added: added), size: vocabularySize, progress: progress)
    return try Tokenizer(data: document(trainer, added: added).data())
  }

  private static func wordCounts(
    _ texts: some Sequence<String>, added: [AddedToken]
  ) throws -> [ByteString: Int] {
    let finder = AddedTokenFinder(added, normalizer: Normalizer())
    let preTokenizer = try PreTokenizer.gpt2()
    var counts: [ByteString: Int] = [:]
    for var text in texts {
      text.withUTF8 { buffer in
        let count = { (piece: UnsafeBufferPointer<UInt8>) in
          preTokenizer.forEachWord(in: piece) { counts[ByteString($0), default: 0] += 1 }
        }
        guard let finder else { return count(buffer) }
        finder.forEachPiece(in: buffer) { range, token in
          if token == nil { count(UnsafeBufferPointer(rebasing: buffer[range])) }
        }
      }
    }
    return counts
  }

  /// The `tokenizer.json` of what was learned.
  private static func document(_ trainer: BytePairTrainer, added: [AddedToken]) -> OrderedJSON {
    let names = trainer.tokens.enumerated().map { id, bytes in
      id < added.count ? added[id].content : ByteAlphabet.write(bytes)
    }
    let byteLevel: OrderedJSON = .object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)),
      ("trim_offsets", .bool(true)), ("use_regex", .bool(true)),
    ])
    let tokens = added.map { token in
      OrderedJSON.object([
        ("id", .integer(token.id)), ("content", .string(token.content)),
        ("single_word", .bool(token.isSingleWord)), ("lstrip", .bool(token.stripsLeft)),
        ("rstrip", .bool(token.stripsRight)), ("normalized", .bool(token.isNormalized)),
        ("special", .bool(token.isSpecial)),
      ])
    }
    let model: OrderedJSON = .object([
      ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null),
      ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
      ("fuse_unk", .bool(false)), ("byte_fallback", .bool(false)), ("ignore_merges", .bool(false)),
      ("vocab", .object(names.enumerated().map { ($1, .integer($0)) })),
      ("merges", .array(trainer.merges.map { .string(names[$0.left] + " " + names[$0.right]) })),
    ])
    return .object([
      ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
      ("added_tokens", .array(tokens)), ("normalizer", .null), ("pre_tokenizer", byteLevel),
      ("post_processor", byteLevel), ("decoder", byteLevel), ("model", model),
    ])
  }
}
