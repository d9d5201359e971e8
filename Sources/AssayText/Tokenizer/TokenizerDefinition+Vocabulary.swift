import AssayCore

extension TokenizerDefinition {
  static func addedTokens(_ file: OrderedJSON) throws -> [AddedToken] {
    guard let list = file["added_tokens"] else { return [] }
    guard let items = list.array else {
      throw AssayError(.corrupt, "'added_tokens' is not a list", hint: "write [] for none")
    }
    return try items.map { item in
      guard let id = item["id"]?.integer, let content = item["content"]?.string, !content.isEmpty
      else {
        throw AssayError(
          .corrupt, "an added token lacks its 'id' or its 'content'",
          hint: "each needs a number and the text it stands for")
      }
      var token = AddedToken(id: id, content: content, isSpecial: item["special"]?.bool ?? false)
      token.stripsLeft = item["lstrip"]?.bool ?? false
      token.stripsRight = item["rstrip"]?.bool ?? false
      token.isSingleWord = item["single_word"]?.bool ?? false
      token.isNormalized = item["normalized"]?.bool ?? token.isNormalized
      return token
    }
  }

  static func vocabulary(_ model: OrderedJSON, addedTokens: [AddedToken]) throws -> Vocabulary {
    guard let members = model["vocab"]?.object else {
      throw AssayError(
        .corrupt, "no vocabulary in the tokenizer", hint: "'model' needs a 'vocab' object")
    }
    var vocabulary = Vocabulary(capacity: members.count + addedTokens.count)
    for (text, value) in members {
      guard let id = value.integer else {
        throw AssayError(
          .corrupt, "token '\(text.prefix(60))' has no whole number",
          hint: "'vocab' maps each token to its number")
      }
      // A token with a character outside the alphabet stands for its own text.
      try vocabulary.add(text, id: id, bytes: ByteAlphabet.read(text) ?? Array(text.utf8))
    }
    for token in addedTokens {
      if vocabulary.ids[ByteString(token.content)] == token.id {
        vocabulary.decodeLiterally(token.id)
      } else {
        try vocabulary.add(token.content, id: token.id, bytes: Array(token.content.utf8))
      }
    }
    return vocabulary
  }

  static func merges(
    _ model: OrderedJSON, vocabulary: Vocabulary, addedTokens: [AddedToken]
  ) throws -> BytePairMerges {
    guard let list = model["merges"]?.array else {
      throw AssayError(
        .corrupt, "no merges in the tokenizer",
        hint: "'model' needs a 'merges' list: save the tokenizer again, or fetch the whole file")
    }
    let added = Set(addedTokens.map(\.id))
    if list.isEmpty {
      for (id, entry) in vocabulary.entries.enumerated() {
        if let entry, entry.bytes.count > 1, !added.contains(id) {
          throw AssayError(
            .corrupt,
            "no merges in the tokenizer, so that '\(entry.text.prefix(60))' is never made",
            hint: "'merges' is empty: save the tokenizer again, or fetch the whole file")
        }
      }
    }
    var bytes: [Int?] = []
    for byte in UInt8.min...UInt8.max {
      bytes.append(vocabulary.ids[ByteString(ByteAlphabet.write([byte]))])
    }
    var unknown: Int?
    if let name = model["unk_token"]?.string {
      unknown = vocabulary.ids[ByteString(name)]
    }
    return BytePairMerges(
      byteTokens: bytes, merges: try list.map { try merge($0, vocabulary: vocabulary) },
      unknown: unknown, fusesUnknown: model["fuse_unk"]?.bool ?? false)
  }

  /// One entry of `merges`: "a b" in one string, or a list of the two.
  private static func merge(
    _ item: OrderedJSON, vocabulary: Vocabulary
  ) throws -> (left: Int, right: Int, result: Int) {
    let parts =
      item.array.map { $0.compactMap(\.string) }
      ?? item.string?.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
      .map { String(Substring($0)) } ?? []
    guard parts.count == 2, let left = parts.first, let right = parts.last, !left.isEmpty,
      !right.isEmpty
    else {
      throw AssayError(
        .corrupt, "a merge is not a pair of tokens",
        hint: "write each merge as \"a b\" or as [\"a\", \"b\"]")
    }
    func id(_ token: String) throws -> Int {
      guard let id = vocabulary.ids[ByteString(token)] else {
        throw AssayError(
          .corrupt, "a merge names '\(token.prefix(60))', which is not in the vocabulary",
          hint: "vocabulary and merges are not of one tokenizer: fetch the file again")
      }
      return id
    }
    return (try id(left), try id(right), try id(left + right))
  }
}
