import AssayCore
import Foundation

/// `Precompiled`: the table of replacements that SentencePiece compiles into its models.
///
/// The table is a double-array trie in the layout of darts-clone, then the replacements as texts that
/// end in a zero byte. Follows the `spm_precompiled` crate: whole grapheme clusters of less than six
/// bytes are tried first, then single characters, and the shortest match decides for the whole piece.
struct PrecompiledCharacters: NormalizationStep {
  private let units: [UInt32]
  private let texts: [UInt8]

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
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    let string = String(decoding: text, as: UTF8.self)
    for character in string {
      let cluster = Array(character.utf8)
      if cluster.count < 6, let replaced = replacement(of: cluster[...]) {
        out += replaced
        continue
      }
      for scalar in character.unicodeScalars {
        let part = Array(UTF8.encode(scalar).map(Array.init) ?? [])
        out += replacement(of: part[...]) ?? part[...]
      }
    }
    return out
  }

  /// What replaces the shortest start of `key` that the trie holds; nil where it holds none.
  private func replacement(of key: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var node = 0
    func step(_ target: Int) -> UInt32? {
      node = target
      return units.indices.contains(target) ? units[target] : nil
    }
    guard let root = units.first else { return nil }
    node ^= Self.offset(root)
    for byte in key {
      guard byte != 0, let unit = step(node ^ Int(byte)), unit & 0x8000_00FF == UInt32(byte)
      else { return nil }
      node ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard units.indices.contains(node) else { return nil }
      let start = Int(units[node] & 0x7FFF_FFFF)
      guard start <= texts.count else { return nil }
      let end = texts[start...].firstIndex(of: 0) ?? texts.count
      return texts[start..<end]
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }
}
