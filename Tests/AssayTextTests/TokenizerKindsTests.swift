import AssayCore
import Foundation
import Testing

@testable import AssayText

/// Small tokenizers of every kind (scripts/tokenizer_kinds.py), against the `tokenizers` library.
@Suite struct TokenizerKindsTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    var name: String
    var document: OrderedJSON
    var ids: [[Int]]
    var decoded: [String]
    var skipped: [String]

    var testDescription: String { name }

    func tokenizer() throws -> Tokenizer { try Tokenizer(data: document.data()) }
  }

  static let texts: [String] = file?["texts"]?.array?.compactMap(\.string) ?? []

  static let kinds: [Kind] = (file?["kinds"]?.array ?? []).compactMap { item in
    guard let name = item["name"]?.string, let document = item["document"],
      let ids = item["ids"]?.array, let decoded = item["decoded"]?.array,
      let skipped = item["skipped"]?.array, let number = item["model"]?.integer,
      let model = file?["models"]?.array?[number].object
    else { return nil }
    // Null stands for what the text says, or what was decoded.
    let shown = zip(decoded, texts).map { $0.string ?? $1 }
    return Kind(
      name: name,
      document: document.replacing("model") { .object(($0.object ?? []) + model) },
      ids: ids.map { $0.array?.compactMap(\.integer) ?? [] }, decoded: shown,
      skipped: zip(skipped, shown).map { $0.string ?? $1 })
  }

  private static let file = try? OrderedJSON(
    parsing: TokenizerFixtures.data("tokenizer-kinds.json"))

  @Test func `the golden file holds every kind`() {
    #expect(Self.kinds.count > 35)
    #expect(Self.texts.count > 30)
    #expect(Set(Self.kinds.map(\.name)).isSuperset(of: ["gpt2", "llama2", "t5", "bert-cased"]))
  }

  @Test(arguments: kinds)
  func `every kind gives the library's numbers and text`(kind: Kind) throws {
    let tokenizer = try kind.tokenizer()
    for (index, text) in Self.texts.enumerated() {
      let ids = tokenizer.encode(text, addSpecial: true)
      #expect(ids == kind.ids[index], "\(kind.name): \(text.debugDescription)")
      let decoded = tokenizer.decode(kind.ids[index])
      #expect(
        decoded.utf8.elementsEqual(kind.decoded[index].utf8),
        "\(kind.name): \(kind.ids[index]) \(decoded.debugDescription)")
      let skipped = tokenizer.decode(kind.ids[index], skipSpecial: true)
      #expect(skipped.utf8.elementsEqual(kind.skipped[index].utf8), "\(kind.name): \(skipped)")
    }
  }

  @Test(arguments: kinds)
  func `a text in one piece gives what it gave in short ones`(kind: Kind) throws {
    // A fresh tokenizer and one whose caches are full agree, also on words beyond the caches.
    let tokenizer = try kind.tokenizer()
    let text = TokenizerFixtures.generatedText(size: 5_000, seed: 8)
    let first = tokenizer.encode(text)
    #expect(tokenizer.encode(text) == first)
    #expect(tokenizer.encode(text + text).count <= 2 * first.count + 2)
    #expect(first.allSatisfy { tokenizer.token(of: $0) != nil })
  }

  @Test(arguments: kinds)
  func `a kind that is saved reads back the same`(kind: Kind) throws {
    try TokenizerFileTests.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.json")
      let tokenizer = try kind.tokenizer()
      try tokenizer.save(to: file)
      #expect(try Data(contentsOf: file) == kind.document.data())
      let read = try Tokenizer(json: file)
      #expect(read.vocabularySize == tokenizer.vocabularySize)
      for (text, ids) in zip(Self.texts, kind.ids) {
        #expect(read.encode(text, addSpecial: true) == ids)
      }
    }
  }

  @Test(arguments: kinds)
  func `changed values of any kind never trap`(kind: Kind) throws {
    var random = SplitMix64(seed: UInt64(kind.name.utf8.count))
    var values: [OrderedJSON] = TokenizerFuzzTests.snippets.compactMap {
      try? OrderedJSON(parsing: Data($0.utf8))
    }
    // Vocabularies are large and much alike: the other parts are what is changed.
    let parts = kind.document.object?.filter { $0.key != "model" } ?? []
    TokenizerFuzzTests.collect(.object(parts), into: &values)
    for _ in 0..<25 {
      let changed = TokenizerFuzzTests.mutated(.object(parts), values, &random, depth: 0)
      let model = kind.document["model"] ?? .null
      let document = changed.replacing("model") { _ in model }
      _ = try TokenizerFuzzTests.outcome(of: document.data())
    }
  }
}
