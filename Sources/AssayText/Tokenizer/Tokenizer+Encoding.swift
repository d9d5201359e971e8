extension Tokenizer {
  /// The token numbers of `text`.
  ///
  /// Special and other added tokens written out in the text are recognised. `addSpecial` puts around
  /// the text what the file's template asks for (for example a token that begins a document).
  ///
  /// Cost: linear in the text; a word not seen before costs n log n of its length.
  public func encode(_ text: String, addSpecial: Bool = false) -> [Int] {
    var text = text
    var ids: [UInt32] = []
    text.withUTF8 { text in caches.withCache { encode(text, into: &ids, cache: $0) } }
    let tokens = ids.map { Int($0) }
    return addSpecial ? definition.prefix + tokens + definition.suffix : tokens
  }

  /// The token numbers of UTF-8 text; each malformed sequence counts as U+FFFD.
  public func encode(bytes: some Collection<UInt8>) -> [Int] {
    encode(String(decoding: bytes, as: UTF8.self))
  }

  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, into ids: inout [UInt32], cache: WordCache
  ) {
    guard let finder = definition.finder else {
      return normalize(text, isStart: true, into: &ids, cache: cache)
    }
    finder.forEachPiece(in: text) { range, token in
      if let token {
        ids.append(UInt32(token.id))
      } else {
        normalize(
          UnsafeBufferPointer(rebasing: text[range]), isStart: range.lowerBound == 0, into: &ids,
          cache: cache)
      }
    }
  }

  /// `isStart` says whether a piece begins where the whole text begins.
  private func normalize(
    _ piece: UnsafeBufferPointer<UInt8>, isStart: Bool, into ids: inout [UInt32], cache: WordCache
  ) {
    guard !definition.normalizer.isEmpty else {
      return split(piece, isStart: isStart, into: &ids, cache: cache)
    }
    var keepsStart = isStart
    let text = definition.normalizer.apply(to: Array(piece), keepsStart: &keepsStart)
    text.withUnsafeBufferPointer { split($0, isStart: keepsStart, into: &ids, cache: cache) }
  }

  private func split(
    _ text: UnsafeBufferPointer<UInt8>, isStart: Bool, into ids: inout [UInt32], cache: WordCache
  ) {
    guard let finder = definition.normalizedFinder else {
      return definition.preTokenizer.forEachWord(in: text, isStart: isStart) {
        append($0, to: &ids, cache: cache)
      }
    }
    finder.forEachPiece(in: text) { range, token in
      if let token { return ids.append(UInt32(token.id)) }
      definition.preTokenizer.forEachWord(
        in: UnsafeBufferPointer(rebasing: text[range]), isStart: isStart && range.lowerBound == 0
      ) { append($0, to: &ids, cache: cache) }
    }
  }

  private func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache
  ) {
    let key = UnsafeRawBufferPointer(word)
    guard key.count <= WordCache.longestWord else {
      return definition.model.append(word, to: &ids, cache: cache)
    }
    let hash = WordCache.hash(key, seed: 0)
    if cache.append(key, hash: hash, to: &ids) { return }
    let start = ids.count
    definition.model.append(word, to: &ids, cache: cache)
    cache.remember(key, hash: hash, tokens: ids[start...])
  }
}
