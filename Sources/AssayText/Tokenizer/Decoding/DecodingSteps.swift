/// `ByteLevel`: reads `ByteAlphabet`; bytes that are not UTF-8 become U+FFFD.
struct ByteLevelDecoding: DecodingStep {
  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    let bytes = tokens.flatMap(bytes)
    return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
  }

  func bytes(of token: [UInt8]) -> [UInt8] {
    // A token with a character outside the alphabet stands for its own text.
    ByteAlphabet.read(String(decoding: token, as: UTF8.self)) ?? token
  }
}

/// `Replace`: every match of a string or a pattern becomes `content`.
struct ReplaceDecoding: DecodingStep {
  let replacement: Replacement

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] { tokens.map(bytes) }

  func bytes(of token: [UInt8]) -> [UInt8] {
    var keepsStart = true
    return replacement.apply(to: token, keepsStart: &keepsStart)
  }
}

/// `ByteFallback`: tokens `<0x00>` to `<0xFF>` are bytes; each byte of a run that is not UTF-8 becomes
/// U+FFFD.
struct ByteFallbackDecoding: DecodingStep {
  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    var out: [[UInt8]] = []
    var run: [UInt8] = []
    func finish() {
      guard !run.isEmpty else { return }
      if String(validating: run, as: UTF8.self) != nil {
        out.append(run)
      } else {
        out += run.map { _ in Self.replacementCharacter }
      }
      run = []
    }
    for token in tokens {
      if let byte = Self.byte(token) {
        run.append(byte)
      } else {
        finish()
        out.append(token)
      }
    }
    finish()
    return out
  }

  func bytes(of token: [UInt8]) -> [UInt8] { Self.byte(token).map { [$0] } ?? token }

  /// The byte that `<0x0A>` and its like stand for.
  static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">"),
      // Rust's parser of numbers takes a sign.
      token[3] != UInt8(ascii: "-")
    else { return nil }
    return UInt8(String(decoding: token[3...4], as: UTF8.self), radix: 16)
  }
}

/// `Fuse`: joins everything into one piece.
struct FuseDecoding: DecodingStep {
  func apply(to tokens: [[UInt8]]) -> [[UInt8]] { [Array(tokens.joined())] }
}

/// `Strip`: takes a character away at the ends of each piece, at most so many times.
struct StripDecoding: DecodingStep {
  let content: [UInt8]
  let start: Int
  let stop: Int

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.map { token in
      var piece = token[...]
      for _ in 0..<max(0, start) {
        guard piece.starts(with: content) else { break }
        piece = piece.dropFirst(content.count)
      }
      for _ in 0..<max(0, stop) {
        guard piece.suffix(content.count).elementsEqual(content) else { break }
        piece = piece.dropLast(content.count)
      }
      return Array(piece)
    }
  }
}

/// `Metaspace`: the visible character becomes a space, and is dropped in the first token where
/// encoding would have added it.
struct MetaspaceDecoding: DecodingStep {
  let replacement: [UInt8]
  let dropsFirst: Bool

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      token.replacing(replacement, with: index == 0 && dropsFirst ? [] : [0x20])
    }
  }

  func bytes(of token: [UInt8]) -> [UInt8] { token.replacing(replacement, with: [0x20]) }
}

/// `BPEDecoder`: the suffix of a word's end becomes a space, but not in the last token.
struct SuffixDecoding: DecodingStep {
  let suffix: [UInt8]

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      token.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20])
    }
  }

  func bytes(of token: [UInt8]) -> [UInt8] { token.replacing(suffix, with: [0x20]) }
}

/// `WordPiece`: tokens are words, those with the prefix go on with the one before; `cleansUp` takes
/// away spaces before punctuation and the like.
struct WordPieceDecoding: DecodingStep {
  let prefix: [UInt8]
  let cleansUp: Bool

  /// What BERT's own code tidies, in its order.
  private static let tidied: [(String, String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      var text = token
      if index > 0 {
        text = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
      }
      guard cleansUp else { return text }
      return Self.tidied.reduce(text) { $0.replacing(Array($1.0.utf8), with: Array($1.1.utf8)) }
    }
  }

  func bytes(of token: [UInt8]) -> [UInt8] {
    token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : token
  }
}
