import AssayCore
import Foundation
import Testing

@testable import AssayText

@Suite struct TokenizerTests {
  let tokenizer: Tokenizer

  init() throws {
    tokenizer = try TokenizerFixtures.tokenizer()
  }

  @Test func `hard strings get the numbers that the tokenizers library gives`() throws {
    let cases = try TokenizerFixtures.decode([TokenizerFixtures.Case].self, "tokenizer-cases.json")
    #expect(cases.count > 70)
    for item in cases {
      #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.debugDescription)")
    }
  }

  @Test func `hard strings decode as in the tokenizers library`() throws {
    let cases = try TokenizerFixtures.decode([TokenizerFixtures.Case].self, "tokenizer-cases.json")
    for item in cases {
      let decoded = tokenizer.decode(item.ids)
      #expect(decoded.utf8.elementsEqual(item.text.utf8), "\(item.text.debugDescription)")
      #expect(Array(decoded.utf8) == item.decoded.map { Array($0.utf8) })
      let skipped = tokenizer.decode(item.ids, skipSpecial: true)
      #expect(Array(skipped.utf8) == item.skipped.map { Array($0.utf8) })
    }
  }

  @Test func `a megabyte gets the numbers that the tokenizers library gives`() throws {
    let large = try TokenizerFixtures.decode(TokenizerFixtures.Large.self, "tokenizer-large.json")
    let text = TokenizerFixtures.generatedText(size: 1_000_000, seed: 11)
    try #require(Digest.sha256(Data(text.utf8)) == large.textHash)
    let ids = tokenizer.encode(text)
    #expect(ids.count == large.count)
    let bytes = ids.flatMap { id in withUnsafeBytes(of: UInt32(id).littleEndian, Array.init) }
    #expect(Digest.sha256(Data(bytes)) == large.idsHash)
    #expect(tokenizer.decode(ids).utf8.elementsEqual(text.utf8))
  }

  @Test func `bytes that are not UTF-8 decode to the same replacement characters`() throws {
    let large = try TokenizerFixtures.decode(TokenizerFixtures.Large.self, "tokenizer-large.json")
    #expect(large.decoded.count > 100)
    for item in large.decoded {
      #expect(tokenizer.decode(item.ids).utf8.elementsEqual(item.text.utf8), "\(item.ids)")
    }
  }

  @Test func `lone surrogates and broken bytes are encoded as U+FFFD`() {
    // A lone surrogate written as three bytes is three malformed sequences.
    let surrogate: [UInt8] = [0x61, 0xED, 0xA0, 0x80, 0x62]
    #expect(tokenizer.encode(bytes: surrogate) == tokenizer.encode("a\u{FFFD}\u{FFFD}\u{FFFD}b"))
    let units: [UInt16] = [0x61, 0xD800, 0x62]
    let text = String(decoding: units, as: UTF16.self)
    #expect(tokenizer.encode(text) == tokenizer.encode("a\u{FFFD}b"))
    #expect(tokenizer.encode(bytes: [0xC3]) == tokenizer.encode("\u{FFFD}"))
    #expect(tokenizer.encode(bytes: Array("été".utf8)) == tokenizer.encode("été"))
  }

  @Test func `two spellings of one character stay apart`() {
    let composed = "caf\u{E9}"
    let decomposed = "cafe\u{301}"
    #expect(composed == decomposed)
    let ids = (tokenizer.encode(composed), tokenizer.encode(decomposed))
    #expect(ids.0 != ids.1)
    #expect(tokenizer.decode(ids.0).utf8.elementsEqual(composed.utf8))
    #expect(tokenizer.decode(ids.1).utf8.elementsEqual(decomposed.utf8))
  }

  @Test func `very long words are merged by heap as by loop`() throws {
    var byte = 0
    let text = TokenizerFixtures.generatedText(size: 3_000, seed: 5)
    let model = try #require(tokenizer.definition.model as? ByteLevelModel)
    func merged(_ word: [UInt8], longWord: Int) -> [UInt32] {
      var ids: [UInt32] = []
      word.withUnsafeBufferPointer { model.append($0, to: &ids, longWord: longWord) }
      return ids
    }
    while byte < text.utf8.count {
      let word = Array(text.utf8.dropFirst(byte).prefix(200))
      byte += 200
      #expect(merged(word, longWord: 0) == merged(word, longWord: .max))
    }
  }

  @Test func `a long run of one character takes no quadratic time`() {
    let text = String(repeating: "a", count: 200_000) + String(repeating: " ", count: 200_000)
    let elapsed = ContinuousClock().measure {
      #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
    #expect(elapsed < .seconds(20))
  }

  @Test func `many threads get the same numbers`() async {
    let texts = (0..<16).map { TokenizerFixtures.generatedText(size: 2_000, seed: UInt64($0 % 4)) }
    let tokenizer = self.tokenizer
    let expected = texts.map { tokenizer.encode($0) }
    await withTaskGroup(of: (Int, [Int]).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask { (index, tokenizer.encode(text)) }
      }
      for await (index, ids) in group { #expect(ids == expected[index]) }
    }
  }

  @Test func `tokens are found by name and by number`() {
    #expect(tokenizer.vocabularySize == 700)
    #expect(tokenizer.endOfText == 0)
    #expect(
      tokenizer.specialTokens == [
        "<|endoftext|>": 0, "<|system|>": 1, "<|user|>": 2, "<|assistant|>": 3, "<|end|>": 4,
      ])
    for id in 0..<tokenizer.vocabularySize {
      let token = tokenizer.token(of: id)
      #expect(token.flatMap { tokenizer.id(of: $0) } == id)
    }
    #expect(tokenizer.id(of: "Ġ").flatMap { tokenizer.bytes(of: $0) } == [0x20])
    #expect(tokenizer.id(of: "no such token") == nil)
    #expect(tokenizer.token(of: 700) == nil)
    #expect(tokenizer.token(of: -1) == nil)
    #expect(tokenizer.decode([-1, 44, 700, .max]) == tokenizer.decode([44]))
  }
}
