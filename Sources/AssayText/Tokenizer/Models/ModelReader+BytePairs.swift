import AssayCore

extension ModelReader {
  func bytePairs(
    _ vocabulary: Vocabulary, endsInBytes: Bool
  ) throws -> (model: any TokenModel, keepsBytes: Bool) {
    switch part["dropout"] {
    case nil, .integer(0)?, .number(0)?: break
    default:
      throw AssayError(
        .unsupported, "the tokenizer's model sets 'dropout'",
        hint: "set it to null: encoding would not be repeatable")
    }
    var options = CharacterModel.Options()
    options.unknown = part["unk_token"]?.string.flatMap { vocabulary.modelIds[ByteString($0)] }
    options.fusesUnknown = part["fuse_unk"]?.bool ?? false
    options.prefix = Array((part["continuing_subword_prefix"]?.string ?? "").utf8)
    options.suffix = Array((part["end_of_word_suffix"]?.string ?? "").utf8)
    options.byteTokens = byteTokens(vocabulary)
    options.prefersWholeWords = part["ignore_merges"]?.bool ?? false
    let merges = try merges(vocabulary, prefix: options.prefix)
    let isPlain =
      options.prefix.isEmpty && options.suffix.isEmpty && options.byteTokens.isEmpty
    guard endsInBytes, isPlain else {
      let model = CharacterModel(tokens: vocabulary.modelIds, merges: merges, options: options)
      return (model, false)
    }
    let bytes = (UInt8.min...UInt8.max).map { byte in
      vocabulary.modelIds[ByteString(ByteAlphabet.write([byte]))].map { Int($0) }
    }
    var words: [ByteString: UInt32] = [:]
    if options.prefersWholeWords {
      for (text, id) in vocabulary.modelIds {
        guard let read = ByteAlphabet.read(String(decoding: text.bytes, as: UTF8.self)) else {
          continue
        }
        words[ByteString(read)] = id
      }
    }
    let model = ByteLevelModel(
      byteTokens: bytes, merges: BytePairMerges(merges), unknown: options.unknown.map { Int($0) },
      fusesUnknown: options.fusesUnknown, wholeWords: words)
    return (model, true)
  }

  private func merges(
    _ vocabulary: Vocabulary, prefix: [UInt8]
  ) throws -> [(left: Int, right: Int, result: Int)] {
    guard let list = part["merges"]?.array else {
      throw AssayError(
        .corrupt, "no merges in the tokenizer",
        hint: "'model' needs a 'merges' list: save the tokenizer again, or fetch the whole file")
    }
    if list.isEmpty {
      let added = Set(addedTokens.map { ByteString($0.content) })
      for text in vocabulary.modelIds.keys where !added.contains(text) {
        let string = String(decoding: text.bytes, as: UTF8.self)
        if string.unicodeScalars.count > 1, ByteFallbackDecoding.byte(text.bytes) == nil {
          throw AssayError(
            .corrupt, "no merges in the tokenizer, so that '\(string.prefix(60))' is never made",
            hint: "'merges' is empty: save the tokenizer again, or fetch the whole file")
        }
      }
    }
    return try list.map { try merge($0, vocabulary, prefix: prefix) }
  }

  /// One entry of `merges`: "a b" in one string, or a list of the two.
  private func merge(
    _ item: OrderedJSON, _ vocabulary: Vocabulary, prefix: [UInt8]
  ) throws -> (left: Int, right: Int, result: Int) {
    let parts =
      item.array.map { $0.compactMap { $0.string.map { Array($0.utf8) } } }
      ?? item.string.map {
        $0.utf8.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
      } ?? []
    guard parts.count == 2, let left = parts.first, let right = parts.last, !left.isEmpty,
      !right.isEmpty
    else {
      throw AssayError(
        .corrupt, "a merge is not a pair of tokens",
        hint: "write each merge as \"a b\" or as [\"a\", \"b\"]")
    }
    func id(_ token: [UInt8]) throws -> Int {
      guard let id = vocabulary.modelIds[ByteString(token)] else {
        let name = String(decoding: token, as: UTF8.self).prefix(60)
        throw AssayError(
          .corrupt, "a merge names '\(name)', which is not in the vocabulary",
          hint: "vocabulary and merges are not of one tokenizer: fetch the file again")
      }
      return Int(id)
    }
    return (try id(left), try id(right), try id(left + right.dropFirst(prefix.count)))
  }
}
