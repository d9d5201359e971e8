import AssayCore

/// Reads `model` of a `tokenizer.json`: its vocabulary, and what turns words into tokens.
struct ModelReader {
  enum Kind: String {
    case bytePairs = "BPE"
    case unigram = "Unigram"
    case wordPiece = "WordPiece"
    case wordLevel = "WordLevel"
  }

  let part: OrderedJSON
  let addedTokens: [AddedToken]
  let normalizer: Normalizer
  let decoder: TokenDecoder

  private func kind() throws -> Kind {
    // Files of the first versions name no type; only BPE has merges, only Unigram a list.
    guard let name = part["type"]?.string else {
      if part["vocab"]?.array != nil { return .unigram }
      return part["merges"] == nil && part["continuing_subword_prefix"] != nil
        ? .wordPiece : .bytePairs
    }
    guard let kind = Kind(rawValue: name) else {
      throw AssayError(
        .unsupported, "the tokenizer's model is '\(name.prefix(40))'",
        hint: "BPE, Unigram, WordPiece and WordLevel can be read")
    }
    return kind
  }

  /// The tokens of the model and the added ones.
  func vocabulary() throws -> Vocabulary {
    let members =
      try kind() == .unigram ? scored().map(\.text).enumerated().map { ($1, $0) } : ids()
    var vocabulary = Vocabulary(capacity: members.count + addedTokens.count)
    for (text, id) in members {
      try vocabulary.add(text, id: id, decoder: decoder)
    }
    vocabulary.endModel()
    for token in addedTokens {
      if vocabulary.ids[ByteString(token.content)] != token.id {
        try vocabulary.add(token.content, id: token.id, decoder: decoder)
      }
      // The library decodes such a token to what it looks for in text.
      if token.isNormalized, !normalizer.isEmpty {
        vocabulary.decode(
          token.id, as: normalizer.apply(to: Array(token.content.utf8)), decoder: decoder)
      }
    }
    return vocabulary
  }

  private func ids() throws -> [(String, Int)] {
    guard let members = part["vocab"]?.object else {
      throw AssayError(
        .corrupt, "no vocabulary in the tokenizer", hint: "'model' needs a 'vocab' object")
    }
    return try members.map { text, value in
      guard let id = value.integer else {
        throw AssayError(
          .corrupt, "token '\(text.prefix(60))' has no whole number",
          hint: "'vocab' maps each token to its number")
      }
      return (text, id)
    }
  }

  private func scored() throws -> [(text: String, score: Double)] {
    guard let list = part["vocab"]?.array else {
      throw AssayError(
        .corrupt, "no vocabulary in the tokenizer",
        hint: "'vocab' of a Unigram model is a list of tokens with their scores")
    }
    return try list.map { item in
      guard let pair = item.array, pair.count == 2, let text = pair.first?.string,
        let score = pair.last?.double
      else {
        throw AssayError(
          .corrupt, "an entry of the vocabulary is not a token with its score",
          hint: "each entry is a list of the two: [\"token\", -3.5]")
      }
      return (text, score)
    }
  }

  /// The model, and whether it takes words as bytes rather than in `ByteAlphabet`.
  func model(
    _ vocabulary: Vocabulary, endsInBytes: Bool
  ) throws -> (model: any TokenModel, keepsBytes: Bool) {
    switch try kind() {
    case .bytePairs: return try bytePairs(vocabulary, endsInBytes: endsInBytes)
    case .unigram:
      let tokens = try scored().map { (Array($0.text.utf8), $0.score) }
      let unknown = part["unk_id"]?.integer
      if let unknown, !tokens.indices.contains(unknown) {
        throw AssayError(
          .corrupt, "the unknown token \(unknown) is not in the vocabulary",
          hint: "'unk_id' counts the entries of 'vocab' from 0")
      }
      let bytes = byteTokens(vocabulary)
      let pieces = Set(addedTokens.filter(\.isPiece).map(\.id))
      let others = bytes.compactMap { $0.map { Int($0) } } + addedTokens.map(\.id)
      let model = UnigramModel(
        tokens: tokens, unknown: unknown.map { UInt32($0) }, byteTokens: bytes, pieces: pieces,
        unscored: pieces.isEmpty ? [] : Set(others))
      return (model, false)
    case .wordPiece:
      let model = WordPieceModel(
        tokens: vocabulary.modelIds,
        prefix: Array((part["continuing_subword_prefix"]?.string ?? "##").utf8),
        unknown: try unknown(vocabulary, "[UNK]"),
        longestWord: part["max_input_chars_per_word"]?.integer ?? 100)
      return (model, false)
    case .wordLevel:
      let model = WordLevelModel(
        tokens: vocabulary.modelIds, unknown: try unknown(vocabulary, "<unk>"))
      return (model, false)
    }
  }

  private func unknown(_ vocabulary: Vocabulary, _ usual: String) throws -> UInt32 {
    let name = part["unk_token"]?.string ?? usual
    guard let id = vocabulary.modelIds[ByteString(name)] else {
      throw AssayError(
        .corrupt, "the unknown token '\(name.prefix(60))' is not in the vocabulary",
        hint: "add it to 'vocab', or name another one in 'unk_token'")
    }
    return id
  }

  /// The tokens `<0x00>` to `<0xFF>` where unknown characters are written with them, else nothing.
  func byteTokens(_ vocabulary: Vocabulary) -> [UInt32?] {
    guard part["byte_fallback"]?.bool ?? false else { return [] }
    return (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.modelIds[ByteString("<0x" + (byte < 16 ? "0" : "") + digits + ">")]
    }
  }
}
