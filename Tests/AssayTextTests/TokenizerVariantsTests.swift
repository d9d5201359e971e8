import Foundation
import Testing

@testable import AssayText

/// Each way of writing a tokenizer.json that is supported, against the `tokenizers` library.
@Suite struct TokenizerVariantsTests {
  static let names = [
    "prefix space", "no regex", "split by the pattern of Llama 3", "split removes spaces",
    "split keeps words", "split at a string, prefix space", "single digits", "runs of digits",
    "left and right strip", "single word", "added tokens", "template", "whole words first",
  ]

  static let file: OrderedJSON? = try? OrderedJSON(
    parsing: TokenizerFixtures.data("tokenizer-variants.json"))

  static let texts: [String] = file?["texts"]?.array?.compactMap(\.string) ?? []

  static let variants: [String: OrderedJSON] = Dictionary(
    (file?["variants"]?.array ?? []).map { ($0["name"]?.string ?? "", $0) },
    uniquingKeysWith: { a, _ in a })

  @Test(arguments: names)
  func `a variant of the file gives the same numbers`(name: String) throws {
    let variant = try #require(Self.variants[name])
    let base = try OrderedJSON(parsing: TokenizerFixtures.data("tokenizer.json"))
    let document = try #require(variant["document"])
      .replacing("model") { model in
        .object(
          (model.object ?? []) + [
            ("vocab", base["model"]?["vocab"] ?? .null),
            ("merges", base["model"]?["merges"] ?? .null),
          ])
      }
    let tokenizer = try Tokenizer(data: document.data())
    let ids = try #require(variant["ids"]?.array).map { $0.array?.compactMap(\.integer) }
    let special = variant["special"]?.array?.map { $0.array?.compactMap(\.integer) } ?? ids
    #expect(ids.count > 70)
    for (index, text) in Self.texts.prefix(ids.count).enumerated() {
      #expect(tokenizer.encode(text) == ids[index], "\(name): \(text.debugDescription)")
      #expect(tokenizer.encode(text, addSpecial: true) == special[index])
    }
  }

  @Test func `every variant of the golden file is checked`() {
    #expect(Set(Self.variants.keys) == Set(Self.names))
  }
}
