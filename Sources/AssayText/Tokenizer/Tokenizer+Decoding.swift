extension Tokenizer {
  /// The text of the tokens; bytes that are not UTF-8 (a character cut in two) become U+FFFD.
  ///
  /// Numbers outside the vocabulary stand for nothing. `skipSpecial` leaves special tokens out.
  public func decode(_ ids: [Int], skipSpecial: Bool = false) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      if skipSpecial, definition.specialIds.contains(id) { continue }
      if let entry = definition.vocabulary[id] { bytes += entry.bytes }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
