import AssayCore
import Foundation
import Testing

@testable import AssayText

@Suite struct UnicodeTests {
  @Test(arguments: [
    ("e\u{301}\u{323}", "ẹ\u{301}", "e\u{323}\u{301}"), ("각", "각", "\u{1100}\u{1161}\u{11A8}"),
    ("\u{212B}ﬁ", "Åﬁ", "A\u{30A}ﬁ"),
    ("\u{1E9B}\u{323}", "\u{1E9B}\u{323}", "\u{17F}\u{323}\u{307}"),
    ("\u{958}", "\u{915}\u{93C}", "\u{915}\u{93C}"), ("plain", "plain", "plain"), ("", "", ""),
    // Younger than Unicode 9: left as they are.
    ("\u{11935}\u{11930}", "\u{11935}\u{11930}", "\u{11935}\u{11930}"),
  ])
  func `canonical forms`(text: String, nfc: String, nfd: String) {
    #expect(CanonicalForm.nfc.normalized(Array(text.utf8)) == Array(nfc.utf8))
    #expect(CanonicalForm.nfd.normalized(Array(text.utf8)) == Array(nfd.utf8))
  }

  @Test func `forms follow from one another`() {
    for value in stride(from: UInt32(0xA0), to: 0x3100, by: 3) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = Array(("a" + String(scalar) + "\u{323}\u{301}" + String(scalar)).utf8)
      let composed = CanonicalForm.nfc.normalized(text)
      #expect(CanonicalForm.nfc.normalized(composed) == composed)
      #expect(CanonicalForm.nfc.normalized(CanonicalForm.nfd.normalized(text)) == composed)
      #expect(CanonicalForm.nfd.normalized(composed) == CanonicalForm.nfd.normalized(text))
      let compatible = CanonicalForm.nfkd.normalized(text)
      #expect(CanonicalForm.nfkd.normalized(composed) == compatible)
      #expect(CanonicalForm.nfkd.normalized(CanonicalForm.nfkc.normalized(text)) == compatible)
    }
  }

  @Test func `maps of scalars hold what was put in, and nothing else`() {
    var map = ScalarMap()
    let values: [UInt32] = [0, 0x41, 0xFF, 0x100, 0xFFFF, 0x1F600, 0x10FFFF]
    for value in values { map[value] = value + 1 }
    for value in values { #expect(map[value] == value + 1) }
    #expect(map[0x42] == ScalarMap.absent)
    #expect(map[0x20000] == ScalarMap.absent)
  }

  @Test func `tables of pairs grow and keep the last value`() {
    var table = PairTable(capacity: 1)
    for number in UInt32(0)..<5_000 { table.insert(number, for: PairTable.key(number, 7)) }
    table.insert(1, for: PairTable.key(9, 7))
    #expect(table.count == 5_000)
    #expect(table[PairTable.key(4_999, 7)] == 4_999)
    #expect(table[PairTable.key(9, 7)] == 1)
    #expect(table[PairTable.key(7, 9)] == nil)
  }

  @Test func `a trie finds all that starts at a place, and the longest`() {
    var trie = ByteTrie()
    for (number, text) in ["a", "ab", "abcd", "é"].enumerated() {
      trie.insert(Array(text.utf8), number: number)
    }
    Array("xabcé".utf8).withUnsafeBufferPointer { text in
      var found: [Int] = []
      trie.forEachMatch(in: text, at: 1) { _, number in found.append(number) }
      #expect(found == [0, 1])
      #expect(trie.longestMatch(in: text, at: 1)?.end == 3)
      #expect(trie.longestMatch(in: text, at: 4)?.number == 3)
      #expect(trie.longestMatch(in: text, at: 0) == nil)
    }
  }

  @Test(arguments: [
    ("^b", "a\nb", ["a\n", "b"]), ("a{,2}", "aaa", ["aa", "a"]), (#"[]a]+"#, "x]a", ["x", "]a"]),
    (#"\h+"#, "gafg", ["g", "af", "g"]), (#"[[:alpha:]\d]+"#, "a1-b", ["a1", "-", "b"]),
    (#"\w+"#, "①Ⓐ½²x", ["①", "Ⓐ½²x"]), (#"(?=\d)"#, "a12", ["a", "1", "2"]),
    (#"\p{L}{1,2}"#, "abc", ["ab", "c"]),
    (#"\p{L}+"#, "1\u{31350}\u{1C89}", ["1", "\u{31350}\u{1C89}"]),
  ])
  func `patterns mean what they mean to Oniguruma`(
    pattern: String, text: String, pieces: [String]
  ) throws {
    let splitter = try RegexSplitter(pattern)
    var found: [String] = []
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      splitter.forEachPiece(in: bytes) { start, end, _ in
        if end > start { found.append(String(decoding: bytes[start..<end], as: UTF8.self)) }
      }
    }
    #expect(found == pieces)
  }

  @Test(arguments: ["[a[bc]]", "[a-c&&b]", "a{1,3}+a", "(?m)a.b", "(?im:a)", "(unclosed"])
  func `patterns that would mean something else are refused`(pattern: String) {
    let error = #expect(throws: AssayError.self) { try RegexSplitter(pattern) }
    #expect(error?.code == .unsupported)
  }
}
