/// Byte pair encoding in which each character of a word is a symbol.
///
/// This is how the first BPE and SentencePiece have it (Sennrich et al. 2016; Kudo and Richardson 2018).
/// A word may be a whole text: files of the SentencePiece kind often have no pre-tokenizer. Long words
/// are cut where no merge can ever join what is left and right of the cut, which changes nothing, and
/// the pieces are remembered.
struct CharacterModel: TokenModel {
  /// The parts of the file's `model` that decide over symbols.
  struct Options: Sendable {
    /// The token of a character without one; nil drops it.
    var unknown: UInt32?
    /// Whether neighbouring unknown characters are one token.
    var fusesUnknown = false
    /// The tokens `<0x00>` to `<0xFF>`, where unknown characters are written as bytes.
    var byteTokens: [UInt32?] = []
    /// Put before a character that does not begin its word.
    var prefix: [UInt8] = []
    /// Put after a character that ends its word.
    var suffix: [UInt8] = []
    /// Whether a word that is a token as it stands is that token, whatever the merges say.
    var prefersWholeWords = false
  }

  private let options: Options
  private let merges: BytePairMerges
  private let tokens: [ByteString: UInt32]
  /// Tokens of characters, where neither prefix nor suffix is put to them.
  private let characters: ScalarMap
  /// Pairs of symbols that some merge joins; nil where words are not to be cut.
  private let joints: PairTable?

  /// A model of `tokens`, by text; `merges` in order of rank.
  init(
    tokens: [ByteString: UInt32], merges: [(left: Int, right: Int, result: Int)], options: Options
  ) {
    self.options = options
    self.merges = BytePairMerges(merges)
    self.tokens = tokens
    var characters = ScalarMap()
    for (text, id) in tokens {
      text.bytes.withUnsafeBufferPointer { bytes in
        guard !bytes.isEmpty else { return }
        let (value, width) = bytes.scalar(at: 0)
        if width == bytes.count { characters[value] = id }
      }
    }
    self.characters = characters
    joints = Self.joints(of: merges, tokens: tokens, characters: characters, options: options)
  }

  /// Which symbols meet within a token that merges make.
  private static func joints(
    of merges: [(left: Int, right: Int, result: Int)], tokens: [ByteString: UInt32],
    characters: ScalarMap, options: Options
  ) -> PairTable? {
    guard options.prefix.isEmpty, options.suffix.isEmpty else { return nil }
    // The symbols that a token begins and ends with: here a symbol is a character.
    var ends: [UInt32: (first: UInt32, last: UInt32)] = [:]
    for (text, id) in tokens where !text.bytes.isEmpty {
      text.bytes.withUnsafeBufferPointer { bytes in
        var last = bytes.count - 1
        while last > 0, bytes[last] & 0xC0 == 0x80 { last -= 1 }
        ends[id] = (characters[bytes.scalar(at: 0).value], characters[bytes.scalar(at: last).value])
      }
    }
    let special = Set(options.byteTokens.compactMap { $0 } + (options.unknown.map { [$0] } ?? []))
    var joints = PairTable(capacity: merges.count)
    for merge in merges {
      let (left, right) = (UInt32(merge.left), UInt32(merge.right))
      // Merges of bytes or unknown symbols join what their texts do not tell.
      guard special.isDisjoint(with: [left, right]), let a = ends[left]?.last,
        let b = ends[right]?.first
      else { return nil }
      if a != ScalarMap.absent, b != ScalarMap.absent {
        joints.insert(1, for: PairTable.key(a, b))
      }
    }
    return joints
  }

  func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache
  ) {
    if options.prefersWholeWords, let id = tokens[ByteString(word)] { return ids.append(id) }
    let start = ids.count
    appendSymbols(of: word, to: &ids)
    guard let joints, ids.count - start > BytePairMerges.longWord / 2 else {
      return merges.merge(&ids, from: start)
    }
    let symbols = Array(ids[start...])
    ids.removeLast(symbols.count)
    var begin = 0
    for end in 1...symbols.count {
      if end < symbols.count, joints[PairTable.key(symbols[end - 1], symbols[end])] != nil {
        continue
      }
      append(symbols[begin..<end], to: &ids, cache: cache)
      begin = end
    }
  }

  /// Merges the symbols between two cuts.
  private func append(_ symbols: ArraySlice<UInt32>, to ids: inout [UInt32], cache: WordCache) {
    guard symbols.count > 1 else { return ids += symbols }
    symbols.withUnsafeBytes { key in
      guard key.count <= WordCache.longestWord else {
        let start = ids.count
        ids += symbols
        return merges.merge(&ids, from: start)
      }
      // Another seed than that of words, which are remembered in the same place.
      let hash = WordCache.hash(key, seed: 0x5EED)
      if cache.append(key, hash: hash, to: &ids) { return }
      let start = ids.count
      ids += symbols
      merges.merge(&ids, from: start)
      cache.remember(key, hash: hash, tokens: ids[start...])
    }
  }

  private func appendSymbols(
    of word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32]
  ) {
    // An unknown symbol is added late: bytes that could not be merged with it may come first.
    var pending: UInt32?
    let hasAffixes = !options.prefix.isEmpty || !options.suffix.isEmpty
    word.forEachScalar { value, start, width in
      var id = characters[value]
      if hasAffixes {
        var text = start > 0 ? options.prefix : []
        text += word[start..<start + width]
        if start + width == word.count { text += options.suffix }
        id = tokens[ByteString(text)] ?? ScalarMap.absent
        if id == ScalarMap.absent, appendBytes(of: text, to: &ids) { return }
      } else if id == ScalarMap.absent,
        appendBytes(of: word[start..<start + width], to: &ids)
      {
        return
      }
      if id != ScalarMap.absent {
        if let unknown = pending { ids.append(unknown) }
        pending = nil
        ids.append(id)
      } else if let unknown = options.unknown {
        if let earlier = pending, !options.fusesUnknown { ids.append(earlier) }
        pending = unknown
      }
    }
    if let pending { ids.append(pending) }
  }

  /// Adds the byte tokens of a character; false where there are none.
  private func appendBytes(of text: some Sequence<UInt8>, to ids: inout [UInt32]) -> Bool {
    guard !options.byteTokens.isEmpty else { return false }
    let start = ids.count
    for byte in text {
      guard let id = options.byteTokens[Int(byte)] else {
        ids.removeLast(ids.count - start)
        return false
      }
      ids.append(id)
    }
    return true
  }
}
