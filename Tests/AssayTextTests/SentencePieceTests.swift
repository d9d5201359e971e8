import AssayCore
import Foundation
import Testing

@testable import AssayText

/// `tokenizer.model` files, written here field by field.
@Suite struct SentencePieceTests {
  typealias Kind = SentencePieceModel.PieceKind

  /// A field of a protobuf message that holds bytes.
  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var count = bytes.count
    var out = [number << 3 | 2]
    repeat {
      out.append(UInt8(count & 0x7F) | (count > 0x7F ? 0x80 : 0))
      count >>= 7
    } while count > 0
    return out + bytes
  }

  static func piece(_ text: String, _ score: Float, _ kind: Kind = .normal) -> [UInt8] {
    let bits = withUnsafeBytes(of: score.bitPattern.littleEndian, Array.init)
    let type: [UInt8] = kind == .normal ? [] : [3 << 3, UInt8(kind.rawValue)]
    return field(1, field(1, Array(text.utf8)) + [2 << 3 | 5] + bits + type)
  }

  static func model(
    kind: UInt8, _ pieces: [[UInt8]], normalizer: [UInt8] = [4 << 3, 0]
  ) -> [UInt8] {
    Array(pieces.joined()) + field(2, [3 << 3, kind]) + field(3, normalizer)
  }

  static let control = [
    piece("<unk>", 0, .unknown), piece("<s>", 0, .control), piece("</s>", 0, .control),
  ]

  /// `<unk> <s> </s>`, then 3: ab, 4: ▁a, 5: ▁ab, and 6 to 10: ▁ a b c and a space that stays.
  static let pairs =
    control + [piece("ab", -1), piece("▁a", -2), piece("▁ab", -3)]
    + [
      piece("▁", -4), piece("a", -5), piece("b", -6), piece("c", -7), piece("<b>", 0, .userDefined),
    ]

  static func load(_ bytes: [UInt8]) throws -> Tokenizer {
    var tokenizer: Tokenizer?
    try TokenizerFileTests.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.model")
      try Data(bytes).write(to: file)
      tokenizer = try Tokenizer(sentencePiece: file)
    }
    return try #require(tokenizer)
  }

  @Test func `pairs of the highest score are merged first`() throws {
    let tokenizer = try Self.load(Self.model(kind: 2, Self.pairs))
    // ab before ▁a, then ▁ and ab.
    #expect(tokenizer.encode("ab") == [5])
    #expect(tokenizer.encode("ac b") == [4, 9, 6, 8])
    #expect(tokenizer.encode("a  ab") == [4, 6, 5])
    #expect(tokenizer.encode("aéab") == [4, 0, 3])
    #expect(tokenizer.encode("<s>ab</s>") == [1, 5, 2])
    #expect(tokenizer.encode("a<b>b") == [4, 10, 8])
    #expect(tokenizer.decode([1, 5, 6, 3], skipSpecial: true) == "ab ab")
    #expect(tokenizer.specialTokens == ["<unk>": 0, "<s>": 1, "</s>": 2])
  }

  @Test func `unknown characters become bytes where the model has them`() throws {
    let bytes = (0..<256).map { byte in
      Self.piece(
        "<0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) + ">", 0, .byte)
    }
    for kind: UInt8 in [1, 2] {
      let tokenizer = try Self.load(Self.model(kind: kind, Self.pairs + bytes))
      let ids = tokenizer.encode("aé\nab")
      #expect(ids == [4, 11 + 0xC3, 11 + 0xA9, 11 + 0x0A, 3])
      #expect(tokenizer.decode(ids) == "aé\nab")
    }
  }

  @Test func `a unigram model takes the likeliest tokens and tidies spaces`() throws {
    let tokenizer = try Self.load(
      Self.model(kind: 1, Self.pairs, normalizer: [3 << 3, 1, 4 << 3, 1]))
    #expect(tokenizer.encode("ab") == [5])
    #expect(tokenizer.encode("  a   ab ") == [4, 5])
    #expect(tokenizer.encode("aéèb") == [4, 0, 8])
    let plain = try Self.load(Self.model(kind: 1, Self.pairs, normalizer: [3 << 3, 0, 4 << 3, 0]))
    #expect(plain.encode("ab a") == [3, 4])
    #expect(plain.decode([4, 4]) == " a a")
  }

  @Test func `user-defined pieces are one text with what stands around them`() throws {
    // By SentencePiece: spaces are tidied and the prefix is put to the whole text, once.
    let pairs = try Self.load(Self.model(kind: 2, Self.pairs, normalizer: [3 << 3, 1, 4 << 3, 1]))
    #expect(pairs.encode("<b>ab") == [6, 10, 3])
    #expect(pairs.encode(" a <b>  ab ") == [4, 6, 10, 5])
    // In a unigram model they compete with other tokens, and win.
    let unigram = try Self.load(
      Self.model(kind: 1, Self.pairs, normalizer: [3 << 3, 1, 4 << 3, 1]))
    #expect(unigram.encode("a<b>b") == [4, 10, 8])
  }

  @Test func `a saved model is an equivalent tokenizer dot json`() throws {
    let tokenizer = try Self.load(Self.model(kind: 2, Self.pairs))
    try TokenizerFileTests.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.json")
      try tokenizer.save(to: file)
      let read = try Tokenizer(json: file)
      for text in ["ab", "a  ab", "aéab", "<s>ab</s>", "a<b>b", ""] {
        #expect(read.encode(text) == tokenizer.encode(text))
      }
    }
  }

  @Test func `what is no such model is refused`() throws {
    let whole = Self.model(kind: 2, Self.pairs)
    for (bytes, code, words): ([UInt8], AssayError.Code, String) in [
      ([], .corrupt, "no pieces"), (Array("{}".utf8), .corrupt, "not a SentencePiece model"),
      (Array(whole.prefix(20)), .corrupt, "cut short"),
      (Self.model(kind: 4, Self.pairs), .unsupported, "single characters"),
      (Self.model(kind: 9, Self.pairs), .unsupported, "kind 9"),
      (
        Self.model(kind: 2, Self.pairs, normalizer: [5 << 3, 0]), .unsupported, "escape_whitespaces"
      ),
      (Self.model(kind: 1, Self.pairs, normalizer: Self.field(2, [1, 2])), .corrupt, "too short"),
    ] {
      let error = #expect(throws: AssayError.self) { try Self.load(bytes) }
      #expect(error?.code == code)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
  }

  @Test func `changed bytes never trap`() throws {
    var random = SplitMix64(seed: 12)
    let whole = Self.model(kind: 2, Self.pairs)
    for _ in 0..<2_000 {
      var bytes = whole
      bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      if let model = try? SentencePieceModel(bytes) { #expect(!model.pieces.isEmpty) }
    }
  }
}
