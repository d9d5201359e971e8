extension Tokenizer {
  /// The text of the tokens, as the file's decoder makes it; bytes that are not UTF-8 (a character cut
  /// in two) become U+FFFD.
  ///
  /// Numbers outside the vocabulary stand for nothing. `skipSpecial` leaves special tokens out.
  public func decode(_ ids: [Int], skipSpecial: Bool = false) -> String {
    let vocabulary = definition.vocabulary
    let special = skipSpecial ? definition.specialIds : []
    let kept = ids.lazy.filter { !special.contains($0) }
    guard definition.decoder.isByteLevel else {
      return definition.decoder.text(kept.compactMap { vocabulary[$0]?.piece })
    }
    var bytes: [UInt8] = []
    for id in kept {
      if let entry = vocabulary[id] { bytes += entry.bytes }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
