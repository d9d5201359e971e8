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

  static let variants: [String: OrderedJSON] = {
    guard let data = try? TokenizerFixtures.data("tokenizer-variants.json"),
      let list = try? OrderedJSON(parsing: data).array
    else { return [:] }
    return Dictionary(list.map { ($0["name"]?.string ?? "", $0) }, uniquingKeysWith: { a, _ in a })
  }()

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
    let cases = try #require(variant["cases"]?.array)
    #expect(cases.count > 70)
    for item in cases {
      let text = try #require(item["text"]?.string)
      let ids = item["ids"]?.array?.compactMap(\.integer)
      #expect(tokenizer.encode(text) == ids, "\(name): \(text.debugDescription)")
      let special = item["special"]?.array?.compactMap(\.integer) ?? ids
      #expect(tokenizer.encode(text, addSpecial: true) == special)
    }
  }

  @Test func `every variant of the golden file is checked`() {
    #expect(Set(Self.variants.keys) == Set(Self.names))
  }
}
