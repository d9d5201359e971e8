import AssayCore
import Foundation
import Testing

@testable import AssayText

@Suite struct TokenizerTrainingTests {
  static let special = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]

  /// The corpus in lines with their ends, as Python's splitlines(keepends=True) cuts it.
  static func lines() -> [String] {
    let text = TokenizerFixtures.generatedText(size: 200_000, seed: 7)
    return text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) + "\n" }
  }

  @Test func `training learns the merges that the tokenizers library learns`() throws {
    let expected = try OrderedJSON(parsing: TokenizerFixtures.data("tokenizer.json"))
    let trained = try Tokenizer.train(
      Self.lines(), vocabularySize: 700, specialTokens: Self.special)
    let document = try OrderedJSON(parsing: trained.definition.document)
    let merges = try #require(document["model"]?["merges"]?.array).compactMap(\.string)
    let golden = try #require(expected["model"]?["merges"]?.array).map { pair in
      pair.array?.compactMap(\.string).joined(separator: " ") ?? ""
    }
    #expect(merges.count == golden.count)
    #expect(merges == golden)
    for (token, id) in try #require(expected["model"]?["vocab"]?.object) {
      #expect(trained.id(of: token) == id.integer)
    }
  }

  @Test func `training twice gives the same file`() throws {
    let lines = Self.lines().prefix(300)
    let files = try (0..<2).map { _ in
      try Tokenizer.train(lines, vocabularySize: 400, specialTokens: Self.special)
        .definition.document
    }
    #expect(files[0] == files[1])
  }

  @Test func `special tokens in the corpus teach nothing`() throws {
    let plain = Array(repeating: "low lower lowest", count: 10)
    let marked = plain.map { "<|user|>" + $0 + "<|end|>" }
    let files = try [plain, marked].map {
      try Tokenizer.train($0, vocabularySize: 270, specialTokens: Self.special).definition.document
    }
    #expect(files[0] == files[1])
  }

  @Test func `a corpus without pairs gives the bytes alone`() throws {
    let tokenizer = try Tokenizer.train([], vocabularySize: 1_000, specialTokens: [])
    #expect(tokenizer.vocabularySize == 256)
    #expect(tokenizer.endOfText == nil)
    #expect(tokenizer.decode(tokenizer.encode("naïve 🙂")) == "naïve 🙂")
  }

  @Test func `sizes and special tokens that make no sense are refused`() {
    let wrong: [(size: Int, special: [String])] = [
      (100, []), (260, Self.special), (-1, []), (.max, []), (500, [""]), (500, ["<a>", "<a>"]),
      (500, ["a"]),
    ]
    for (size, special) in wrong {
      let error = #expect(throws: AssayError.self) {
        try Tokenizer.train(["text"], vocabularySize: size, specialTokens: special)
      }
      #expect(error?.code == .badInput)
      #expect(error?.hint != nil)
    }
  }
}
