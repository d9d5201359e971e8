import AssayCore
import Foundation

/// `Precompiled`: the table of replacements that SentencePiece compiles into its models.
///
/// The table is a double-array trie in the layout of darts-clone, then the replacements as texts that
/// end in a zero byte. The `tokenizers` library tries whole grapheme clusters of less than six bytes
/// first, then single characters, and lets the shortest match decide for the whole piece; SentencePiece
/// itself takes the longest match at each place.
struct PrecompiledCharacters: NormalizationStep {
  private let units: [UInt32]
  private let texts: [UInt8]
  /// Whether matches are taken as SentencePiece takes them.
  var takesLongest = false
  /// Texts that stay as they are, where matches are taken as SentencePiece takes them.
  var kept: ByteTrie?

  /// Reads `precompiled_charsmap`, in base 64; throws `AssayError(.corrupt)`.
  init(base64: String) throws {
    guard let data = Data(base64Encoded: base64) else { throw Self.damaged("is not base 64") }
    try self.init(Array(data))
  }

  /// Reads the table as SentencePiece stores it; throws `AssayError(.corrupt)`.
  init(_ bytes: [UInt8]) throws {
    func number(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
    guard bytes.count >= 8 else { throw Self.damaged("is too short") }
    let size = Int(number(0))
    guard size.isMultiple(of: 4), size >= 4, size <= bytes.count - 4 else {
      throw Self.damaged("is shorter than its trie")
    }
    units = (0..<size / 4).map { number(4 + 4 * $0) }
    texts = Array(bytes[(4 + size)...])
    guard String(validating: texts, as: UTF8.self) != nil else {
      throw Self.damaged("has replacements that are not UTF-8")
    }
  }

  private static func damaged(_ how: String) -> AssayError {
    AssayError(
      .corrupt, "the normalizer's 'precompiled_charsmap' \(how)", hint: "fetch the file again")
  }

  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    if takesLongest { return applyLongest(to: text) }
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    let string = String(decoding: text, as: UTF8.self)
    for character in string {
      let cluster = Array(character.utf8)
      if cluster.count < 6, let match = match(cluster[...], longest: false) {
        out += match.text
        continue
      }
      for scalar in character.unicodeScalars {
        let part = Array(UTF8.encode(scalar).map(Array.init) ?? [])
        out += match(part[...], longest: false)?.text ?? part[...]
      }
    }
    return out
  }

  private func applyLongest(to text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        if let kept, kept.canStart(with: buffer[index]),
          let piece = kept.longestMatch(in: buffer, at: index)
        {
          out += buffer[index..<piece.end]
          index = piece.end
        } else if let match = match(text[index...], longest: true) {
          out += match.text
          index += match.count
        } else {
          let width = buffer.scalar(at: index).width
          out += buffer[index..<index + width]
          index += width
        }
      }
    }
    return out
  }

  /// The shortest or longest start of `key` that the trie holds: what replaces it, and its length; nil
  /// where it holds none.
  private func match(
    _ key: ArraySlice<UInt8>, longest: Bool
  ) -> (text: ArraySlice<UInt8>, count: Int)? {
    guard let root = units.first else { return nil }
    var node = Self.offset(root)
    var found: (start: Int, count: Int)?
    for (index, byte) in key.enumerated() {
      node ^= Int(byte)
      guard byte != 0, units.indices.contains(node), units[node] & 0x8000_00FF == UInt32(byte)
      else { break }
      let unit = units[node]
      node ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard units.indices.contains(node) else { break }
      found = (Int(units[node] & 0x7FFF_FFFF), index + 1)
      if !longest { break }
    }
    guard let found, found.start <= texts.count else { return nil }
    let end = texts[found.start...].firstIndex(of: 0) ?? texts.count
    return (texts[found.start..<end], found.count)
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }
}
