import AssayCore
import Foundation

/// A tokenizer: text to token numbers and back.
///
/// Reads and writes the `tokenizer.json` of the Hugging Face `tokenizers` library and gives the same
/// numbers as it does: added tokens are found, text is normalised and cut into words, and a model makes
/// tokens of each (byte pair encoding, of bytes or characters; unigram; WordPiece; whole words).
///
/// Safe to use from many threads. Words seen before are remembered, at most about 130,000 for each
/// thread that encodes at the same time.
///
/// Limits: truncation and padding that a file asks for are left to the caller.
public final class Tokenizer: Sendable {
  let definition: TokenizerDefinition
  let caches = WordCachePool()

  init(_ definition: TokenizerDefinition) {
    self.definition = definition
  }

  /// Reads a `tokenizer.json`.
  ///
  /// Throws `AssayError`: `.notFound` or `.unreadable` for the file, `.corrupt` for contents that
  /// break the format, `.unsupported` naming a part of the tokenizer that cannot be read.
  public convenience init(json url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw AssayError(
        .notFound, "there is no tokenizer at '\(url.path)'",
        hint: "a model directory in Hugging Face form has a tokenizer.json")
    }
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw AssayError(
        .unreadable, "cannot read '\(url.path)'", hint: "check that you may read this file")
    }
    do {
      try self.init(data: data)
    } catch let error as AssayError {
      throw AssayError(error.code, "'\(url.path)': \(error.message)", hint: error.hint)
    }
  }

  /// Reads the contents of a `tokenizer.json`; throws as `init(json:)` does.
  public convenience init(data: Data) throws {
    self.init(try TokenizerDefinition(reading: data))
  }

  /// One more than the highest token number: the rows that an embedding needs.
  public var vocabularySize: Int { definition.vocabulary.size }

  /// The tokens recognised in text as a whole, by number.
  public var addedTokens: [AddedToken] { definition.addedTokens }

  /// The special tokens and their numbers.
  public var specialTokens: [String: Int] {
    Dictionary(
      definition.addedTokens.filter(\.isSpecial).map { ($0.content, $0.id) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The token that ends a document, where there is one of a usual name.
  public var endOfText: Int? {
    let names = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"]
    return names.lazy.compactMap { self.specialTokens[$0] }.first
  }

  /// The number of a token as the file writes it: `Ġthe` stands for " the".
  public func id(of token: String) -> Int? {
    definition.vocabulary.ids[ByteString(token)]
  }

  /// The token of a number as the file writes it, the inverse of `id(of:)`.
  public func token(of id: Int) -> String? {
    definition.vocabulary[id]?.text
  }

  /// The bytes that a token stands for; nil for a number outside the vocabulary.
  public func bytes(of id: Int) -> [UInt8]? {
    definition.vocabulary[id]?.bytes
  }
}
