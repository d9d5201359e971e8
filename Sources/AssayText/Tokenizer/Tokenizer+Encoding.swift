extension Tokenizer {
  /// The token numbers of `text`.
  ///
  /// Special and other added tokens written out in the text are recognised. `addSpecial` puts around
  /// the text what the file's template asks for (for example a token that begins a document).
  ///
  /// Cost: linear in the text; a word not seen before costs n log n of its length.
  public func encode(_ text: String, addSpecial: Bool = false) -> [Int] {
    var text = text
    var ids = addSpecial ? definition.prefix : []
    text.withUTF8 { encode($0, into: &ids) }
    if addSpecial { ids += definition.suffix }
    return ids
  }

  /// The token numbers of UTF-8 text; each malformed sequence counts as U+FFFD.
  public func encode(bytes: some Collection<UInt8>) -> [Int] {
    encode(String(decoding: bytes, as: UTF8.self))
  }

  private func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout [Int]) {
    encode(text, finders: definition.finders[...], into: &ids)
  }

  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, finders: ArraySlice<AddedTokenFinder>, into ids: inout [Int]
  ) {
    guard let finder = finders.first else {
      definition.preTokenizer.forEachWord(in: text) { append($0, to: &ids) }
      return
    }
    finder.forEachPiece(in: text) { piece, token in
      if let token {
        ids.append(token.id)
      } else {
        encode(piece, finders: finders.dropFirst(), into: &ids)
      }
    }
  }

  private func append(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [Int]) {
    guard word.count <= WordCache.longestWord else {
      for token in tokens(of: word) { ids.append(Int(token)) }
      return
    }
    let key = ByteString(word)
    let tokens: [UInt32]
    if let known = cache.tokens(of: key) {
      tokens = known
    } else {
      tokens = self.tokens(of: word)
      cache.remember(tokens, of: key)
    }
    for token in tokens { ids.append(Int(token)) }
  }

  private func tokens(of word: UnsafeBufferPointer<UInt8>) -> [UInt32] {
    if definition.prefersWholeWords,
      let id = definition.vocabulary.ids[ByteString(ByteAlphabet.write(word))]
    {
      return [UInt32(id)]
    }
    return definition.merges.tokens(of: word)
  }
}
