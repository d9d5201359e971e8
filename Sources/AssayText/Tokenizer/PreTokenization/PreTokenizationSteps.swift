/// `Split`, and other steps that cut at a pattern.
struct PatternSplit: PreTokenizationStep {
  let splitter: RegexSplitter
  let behavior: SplitBehavior
  /// Whether matches and gaps change places.
  var inverts = false

  func forEachWord(
    in piece: UnsafeBufferPointer<UInt8>, isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    var cutter = SplitBehavior.Cutter(behavior)
    func word(_ start: Int, _ end: Int) {
      body(UnsafeBufferPointer(rebasing: piece[start..<end]), isStart && start == 0)
    }
    splitter.forEachPiece(in: piece) { start, end, isMatch in
      cutter.add(start, end, isMatch: isMatch != inverts, word)
    }
    cutter.finish(word)
  }
}

/// `Digits`, `Punctuation`, `WhitespaceSplit` and the like: cuts at every character with some trait.
struct TraitSplit: PreTokenizationStep {
  let trait: ScalarTraits
  let behavior: SplitBehavior

  func forEachWord(
    in piece: UnsafeBufferPointer<UInt8>, isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    var cutter = SplitBehavior.Cutter(behavior)
    func word(_ start: Int, _ end: Int) {
      body(UnsafeBufferPointer(rebasing: piece[start..<end]), isStart && start == 0)
    }
    var gap = 0
    piece.forEachScalar { scalar, start, width in
      guard !ScalarTraits.of(scalar).isDisjoint(with: trait) else { return }
      if start > gap { cutter.add(gap, start, isMatch: false, word) }
      cutter.add(start, start + width, isMatch: true, word)
      gap = start + width
    }
    if gap < piece.count { cutter.add(gap, piece.count, isMatch: false, word) }
    cutter.finish(word)
  }
}

/// `Whitespace`: runs of word characters, and runs of what is neither word nor white space.
struct WhitespaceSplit: PreTokenizationStep {
  func forEachWord(
    in piece: UnsafeBufferPointer<UInt8>, isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    var begin = 0
    var kind: ScalarTraits = .space
    func finish(_ end: Int) {
      guard end > begin, kind != .space else { return }
      body(UnsafeBufferPointer(rebasing: piece[begin..<end]), isStart && begin == 0)
    }
    piece.forEachScalar { scalar, start, _ in
      let traits = ScalarTraits.of(scalar)
      let next: ScalarTraits =
        traits.contains(.word) ? .word : traits.contains(.space) ? .space : []
      if next != kind {
        finish(start)
        (begin, kind) = (start, next)
      }
    }
    finish(piece.count)
  }
}

/// `Metaspace`: writes spaces as a visible character, and cuts before each.
struct MetaspaceSplit: PreTokenizationStep {
  enum Prepending: String, Sendable { case always, first, never }

  /// The visible character, `▁` as a rule.
  let replacement: [UInt8]
  let prepending: Prepending
  let cuts: Bool

  func forEachWord(
    in piece: UnsafeBufferPointer<UInt8>, isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    let starts = piece.first == 0x20 || piece.starts(with: replacement)
    let prepends = !starts && (prepending == .always || (prepending == .first && isStart))
    var text: [UInt8] = prepends ? replacement : []
    text.reserveCapacity(piece.count + piece.count / 2)
    for byte in piece {
      if byte == 0x20 { text += replacement } else { text.append(byte) }
    }
    text.withUnsafeBufferPointer { text in
      guard cuts, let first = replacement.first else { return body(text, isStart) }
      var begin = 0
      var index = 1
      while index < text.count {
        if text[index] == first, index + replacement.count <= text.count,
          text[index..<index + replacement.count].elementsEqual(replacement)
        {
          body(UnsafeBufferPointer(rebasing: text[begin..<index]), isStart && begin == 0)
          begin = index
          index += replacement.count
        } else {
          index += 1
        }
      }
      if begin < text.count {
        body(UnsafeBufferPointer(rebasing: text[begin...]), isStart && begin == 0)
      }
    }
  }
}

/// `ByteLevel`: cuts by GPT-2's pattern, and writes bytes in `ByteAlphabet` where the model wants them
/// written.
struct ByteLevelSplit: PreTokenizationStep {
  let addsPrefixSpace: Bool
  let pattern: RegexSplitter?
  /// Whether words are left as bytes, for a `ByteLevelModel`.
  var keepsBytes: Bool

  func forEachWord(
    in piece: UnsafeBufferPointer<UInt8>, isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    if addsPrefixSpace, let first = piece.first, first != UInt8(ascii: " ") {
      ([UInt8(ascii: " ")] + piece).withUnsafeBufferPointer { cut($0, isStart, body) }
    } else {
      cut(piece, isStart, body)
    }
  }

  private func cut(
    _ text: UnsafeBufferPointer<UInt8>, _ isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    guard let pattern else { return write(text, isStart, body) }
    pattern.forEachPiece(in: text) { start, end, _ in
      guard end > start else { return }
      write(UnsafeBufferPointer(rebasing: text[start..<end]), isStart && start == 0, body)
    }
  }

  @inline(__always)
  private func write(
    _ word: UnsafeBufferPointer<UInt8>, _ isStart: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    if keepsBytes { return body(word, isStart) }
    Array(ByteAlphabet.write(word).utf8).withUnsafeBufferPointer { body($0, isStart) }
  }
}
