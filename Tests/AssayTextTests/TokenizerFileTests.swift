import AssayCore
import Foundation
import Testing

@testable import AssayText

@Suite struct TokenizerFileTests {
  let base: OrderedJSON

  init() throws {
    base = try OrderedJSON(parsing: TokenizerFixtures.data("tokenizer.json"))
  }

  static func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func `a saved tokenizer reads back the same`() throws {
    try Self.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.json")
      let trained = try Tokenizer.train(
        [TokenizerFixtures.generatedText(size: 5_000, seed: 3)], vocabularySize: 350,
        specialTokens: ["<|endoftext|>"])
      try trained.save(to: file)
      let read = try Tokenizer(json: file)
      let text = TokenizerFixtures.generatedText(size: 2_000, seed: 4) + "<|endoftext|>"
      #expect(read.encode(text) == trained.encode(text))
      #expect(read.vocabularySize == trained.vocabularySize)
      #expect(read.specialTokens == ["<|endoftext|>": 0])
      let again = folder.appendingPathComponent("again.json")
      try read.save(to: again)
      #expect(try Data(contentsOf: again) == Data(contentsOf: file))
    }
  }

  @Test func `the configuration names class, special tokens and template`() throws {
    try Self.withFolder { folder in
      try TokenizerFixtures.tokenizer().saveConfiguration(
        to: folder, contextLength: 256, chatTemplate: "{{ messages }}")
      let file = folder.appendingPathComponent("tokenizer_config.json")
      let json = try OrderedJSON(parsing: Data(contentsOf: file))
      #expect(json["tokenizer_class"]?.string == "PreTrainedTokenizerFast")
      #expect(json["eos_token"]?.string == "<|endoftext|>")
      #expect(json["pad_token"]?.string == "<|endoftext|>")
      #expect(json["model_max_length"]?.integer == 256)
      #expect(json["chat_template"]?.string == "{{ messages }}")
      #expect(json["added_tokens_decoder"]?["4"]?["content"]?.string == "<|end|>")
    }
  }

  @Test func `a file that is missing or a folder is named`() throws {
    let missing = URL(fileURLWithPath: "/nonexistent/tokenizer.json")
    let error = #expect(throws: AssayError.self) { try Tokenizer(json: missing) }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("/nonexistent/tokenizer.json") == true)
    try Self.withFolder { folder in
      let error = #expect(throws: AssayError.self) { try Tokenizer(json: folder) }
      #expect(error?.code == .unreadable)
      let unwritable = folder.appendingPathComponent("no/such/tokenizer.json")
      let saving = #expect(throws: AssayError.self) {
        try TokenizerFixtures.tokenizer().save(to: unwritable)
      }
      #expect(saving?.code == .io)
    }
  }

  @Test func `a file without merges is corrupt and says so`() {
    for merges in [OrderedJSON?.none, .null, .array([]), .string("a b")] {
      let file = base.replacing("model") { model in model.replacing("merges") { _ in merges } }
      expect(file, .corrupt, "no merges in the tokenizer")
    }
  }

  @Test func `a vocabulary that contradicts itself is corrupt`() {
    func model(_ member: String, _ value: OrderedJSON?) -> OrderedJSON {
      base.replacing("model") { $0.replacing(member) { _ in value } }
    }
    func vocabulary(_ extra: [(key: String, value: OrderedJSON)]) -> OrderedJSON {
      model("vocab", .object((base["model"]?["vocab"]?.object ?? []) + extra))
    }
    expect(base.replacing("model") { _ in nil }, .corrupt, "no 'model'")
    expect(model("vocab", nil), .corrupt, "no vocabulary")
    expect(model("vocab", .object([])), .corrupt, "not in the vocabulary")
    expect(model("merges", .array([.string("a b c")])), .corrupt, "not a pair")
    expect(model("merges", .array([.string("a")])), .corrupt, "not a pair")
    expect(model("merges", .array([.string(" a")])), .corrupt, "not a pair")
    expect(model("merges", .array([.integer(3)])), .corrupt, "not a pair")
    expect(model("merges", .array([.string("zzz a")])), .corrupt, "'zzz'")
    expect(model("merges", .array([.string("! \"")])), .corrupt, "'!\"'")
    expect(vocabulary([("extra", .integer(5))]), .corrupt, "share the number 5")
    expect(vocabulary([("a", .integer(900))]), .corrupt, "twice")
    expect(vocabulary([("extra", .integer(-1))]), .corrupt, "-1")
    expect(vocabulary([("extra", .integer(1 << 40))]), .corrupt, "number \(1 << 40)")
    expect(vocabulary([("extra", .number(1.5))]), .corrupt, "no whole number")
    expect(
      base.replacing("added_tokens") { _ in .array([.object([("id", .integer(9))])]) }, .corrupt,
      "lacks")
  }

  @Test func `what is not known is refused by name`() {
    func part(_ name: String, _ type: String) -> OrderedJSON {
      base.replacing(name) { _ in .object([("type", .string(type))]) }
    }
    func model(_ member: String, _ value: OrderedJSON) -> OrderedJSON {
      base.replacing("model") { $0.replacing(member) { _ in value } }
    }
    expect(model("type", .string("Lattice")), .unsupported, "'Lattice'")
    expect(model("dropout", .number(0.1)), .unsupported, "dropout")
    expect(part("normalizer", "Rot13"), .unsupported, "'Rot13'")
    expect(part("pre_tokenizer", "FixedLength"), .unsupported, "'FixedLength'")
    expect(part("post_processor", "Wrapping"), .unsupported, "'Wrapping'")
    expect(part("decoder", "CTC"), .unsupported, "'CTC'")
    expect(part("normalizer", "Prepend"), .corrupt, "'prepend'")
    expect(part("normalizer", "Precompiled"), .corrupt, "'precompiled_charsmap'")
    expect(part("pre_tokenizer", "Split"), .corrupt, "'Split'")
    expect(part("post_processor", "BertProcessing"), .corrupt, "'cls'")
    expect(part("decoder", "Strip"), .corrupt, "'Strip'")
    expect(model("type", .string("Unigram")), .corrupt, "no vocabulary")
    expect(model("type", .string("WordPiece")), .corrupt, "'[UNK]'")
    let charsmap: OrderedJSON = .object([
      ("type", .string("Precompiled")), ("precompiled_charsmap", .string("AQAAAA==")),
    ])
    expect(base.replacing("normalizer") { _ in charsmap }, .corrupt, "too short")
    let merging: OrderedJSON = .object([
      ("type", .string("Punctuation")), ("behavior", .string("Doubled")),
    ])
    expect(base.replacing("pre_tokenizer") { _ in merging }, .unsupported, "'Doubled'")
    let split: OrderedJSON = .object([
      ("type", .string("Split")), ("pattern", .object([("Regex", .string("(unclosed"))])),
      ("behavior", .string("Isolated")), ("invert", .bool(false)),
    ])
    let byteLevel = base["pre_tokenizer"] ?? .null
    let sequence: OrderedJSON = .object([
      ("type", .string("Sequence")), ("pretokenizers", .array([split, byteLevel])),
    ])
    expect(base.replacing("pre_tokenizer") { _ in sequence }, .unsupported, "(unclosed")
  }

  @Test func `text that is not JSON is refused with its place`() {
    let texts = [
      "", " ", "{", "[1,", "{\"a\"}", "{\"a\":1,}", "nul", "{} x", "\"\\ud800\"", "\"\\u12\"",
      "01x",
      "\"open", "\"\u{1}\"", String(repeating: "[", count: 100_000), "1e999", "{\"a\":--1}",
    ]
    for text in texts {
      let error = #expect(throws: AssayError.self) { try Tokenizer(data: Data(text.utf8)) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains("at byte") == true, "\(text.prefix(20))")
    }
    #expect(throws: AssayError.self) { try Tokenizer(data: Data([0x22, 0xFF, 0x22])) }
  }

  @Test func `JSON is written so that it reads back`() throws {
    let value: OrderedJSON = .array([
      .string("quote \" backslash \\ newline \n bell \u{7} é 日本 😀 e\u{301}"), .integer(-3),
      .number(0.25), .bool(true), .null, .object([]), .array([]),
      .object([("é", .integer(1)), ("e\u{301}", .integer(2))]),
    ])
    let again = try OrderedJSON(parsing: value.data())
    #expect(again.data() == value.data())
    let object = again.array?.last
    #expect(object?["é"]?.integer == 1)
    #expect(object?["e\u{301}"]?.integer == 2)
    let escapes = try OrderedJSON(parsing: Data(#"["\ud83d\ude00\t\/\u0041"]"#.utf8))
    #expect(escapes.array?.first?.string == "😀\t/A")
  }

  private func expect(
    _ file: OrderedJSON, _ code: AssayError.Code, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: AssayError.self, sourceLocation: sourceLocation) {
      try Tokenizer(data: file.data())
    }
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(
      error?.message.contains(words) == true, "\(error?.message ?? "none")",
      sourceLocation: sourceLocation)
    #expect(error?.hint != nil, sourceLocation: sourceLocation)
  }
}
