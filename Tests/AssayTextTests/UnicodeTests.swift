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

  @Test func `forms agree with Foundation's for all old characters in pairs with marks`() {
    for value in stride(from: UInt32(0xA0), to: 0x3100, by: 3) {
      guard let scalar = Unicode.Scalar(value), ScalarTraits.isAssigned(scalar, in: 9) else {
        continue
      }
      let text = "a" + String(scalar) + "\u{323}\u{301}" + String(scalar)
      let bytes = Array(text.utf8)
      #expect(
        CanonicalForm.nfc.normalized(bytes)
          == Array(text.precomposedStringWithCanonicalMapping.utf8), "\(value)")
      #expect(
        CanonicalForm.nfkd.normalized(bytes)
          == Array(text.decomposedStringWithCompatibilityMapping.utf8), "\(value)")
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
}
