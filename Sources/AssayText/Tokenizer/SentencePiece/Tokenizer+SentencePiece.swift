import AssayCore
import Foundation

extension Tokenizer {
  /// Reads a `tokenizer.model`, as SentencePiece writes it, of the kinds unigram and BPE.
  ///
  /// Saving writes an equivalent `tokenizer.json`. Control pieces such as `<s>` become special tokens
  /// that are recognised in text; none is added by `addSpecial`, because the file does not say so.
  ///
  /// Differs from SentencePiece in this: control pieces written out in a text are recognised, and the
  /// text on each side is normalised alone, so that spaces at its ends may be taken away and the first
  /// prefix is put to both; `<0x0A>` written out in a text can be the token of a byte; an unknown token
  /// decodes to its name. In a saved `tokenizer.json` other programs look for user-defined pieces before
  /// normalisation.
  ///
  /// Throws `AssayError`: `.unreadable` for the file, `.corrupt` for contents that break the format,
  /// `.unsupported` for other kinds.
  public convenience init(sentencePiece url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw AssayError(
        .unreadable, "cannot read '\(url.path)'", hint: "check that you may read this file")
    }
    do {
      let model = try SentencePieceModel(Array(data))
      try self.init(data: Self.document(model).data())
    } catch let error as AssayError {
      throw AssayError(error.code, "'\(url.path)': \(error.message)", hint: error.hint)
    }
  }

  /// The `tokenizer.json` that does the same.
  private static func document(_ model: SentencePieceModel) throws -> OrderedJSON {
    let part: OrderedJSON
    switch model.kind {
    case .unigram: part = unigram(model)
    case .bytePairs: part = bytePairs(model)
    case .words, .characters:
      throw AssayError(
        .unsupported, "the SentencePiece model is of whole words or single characters",
        hint: "unigram and BPE can be read")
    }
    let added = model.pieces.enumerated().compactMap { id, piece -> OrderedJSON? in
      let isSpecial = piece.kind == .control || piece.kind == .unknown
      guard isSpecial || piece.kind == .userDefined else { return nil }
      return .object(
        [
          ("id", .integer(id)), ("content", .string(piece.text)), ("single_word", .bool(false)),
          ("lstrip", .bool(false)), ("rstrip", .bool(false)), ("normalized", .bool(false)),
          ("special", .bool(isSpecial)),
        ] + (isSpecial ? [] : [(AddedToken.piece, .bool(true))]))
    }
    return .object([
      ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
      ("added_tokens", .array(added)), ("normalizer", normalizer(model)), ("pre_tokenizer", .null),
      ("post_processor", .null), ("decoder", decoder(model)), ("model", part),
    ])
  }

  private static func typed(
    _ type: String, _ members: [(key: String, value: OrderedJSON)] = []
  ) -> OrderedJSON {
    .object([("type", .string(type))] + members)
  }

  private static func replacing(_ kind: String, _ old: String, by new: String) -> OrderedJSON {
    typed(
      "Replace",
      [("pattern", .object([(kind, .string(old))])), ("content", .string(new))])
  }

  private static func normalizer(_ model: SentencePieceModel) -> OrderedJSON {
    var steps: [OrderedJSON] = []
    if !model.charsmap.isEmpty {
      let table = Data(model.charsmap).base64EncodedString()
      steps.append(
        typed(
          "Precompiled",
          [("precompiled_charsmap", .string(table)), (Normalizer.longestMatch, .bool(true))]))
    }
    if model.removesExtraSpaces {
      steps.append(replacing("Regex", #"\A +"#, by: ""))
      steps.append(replacing("Regex", " {2,}", by: " "))
    }
    steps.append(replacing("String", " ", by: "▁"))
    // At the end SentencePiece takes away what was written as '▁' too.
    if model.removesExtraSpaces { steps.append(replacing("Regex", #"▁+\z"#, by: "")) }
    if model.addsDummyPrefix { steps.append(typed("Prepend", [("prepend", .string("▁"))])) }
    return typed("Sequence", [("normalizers", .array(steps))])
  }

  private static func decoder(_ model: SentencePieceModel) -> OrderedJSON {
    var steps = [replacing("String", "▁", by: " "), typed("ByteFallback"), typed("Fuse")]
    if model.addsDummyPrefix {
      steps.append(
        typed(
          "Strip", [("content", .string(" ")), ("start", .integer(1)), ("stop", .integer(0))]))
    }
    return typed("Sequence", [("decoders", .array(steps))])
  }

  private static func unigram(_ model: SentencePieceModel) -> OrderedJSON {
    let unknown = model.pieces.firstIndex { $0.kind == .unknown }
    return typed(
      "Unigram",
      [
        ("unk_id", unknown.map { .integer($0) } ?? .null),
        (
          "vocab",
          .array(model.pieces.map { .array([.string($0.text), .number(Double($0.score))]) })
        ),
        ("byte_fallback", .bool(model.pieces.contains { $0.kind == .byte })),
      ])
  }

  /// SentencePiece merges the pair whose piece has the highest score: its merges are all ways to make
  /// a piece of two, in the order of scores.
  private static func bytePairs(_ model: SentencePieceModel) -> OrderedJSON {
    var numbers: [ByteString: Int] = [:]
    for (id, piece) in model.pieces.enumerated() where piece.kind == .normal {
      numbers[ByteString(piece.text)] = id
    }
    var merges: [(piece: Int, left: String, right: String)] = []
    for (id, piece) in model.pieces.enumerated() where piece.kind == .normal {
      let text = piece.text.unicodeScalars
      for place in text.indices.dropFirst() {
        let (left, right) = (String(text[..<place]), String(text[place...]))
        if numbers[ByteString(left)] != nil, numbers[ByteString(right)] != nil {
          merges.append((id, left, right))
        }
      }
    }
    merges.sort { a, b in
      let scores = (model.pieces[a.piece].score, model.pieces[b.piece].score)
      return scores.0 != scores.1
        ? scores.0 > scores.1
        : (a.piece, a.left.utf8.count) < (b.piece, b.left.utf8.count)
    }
    let unknown = model.pieces.first { $0.kind == .unknown }
    return typed(
      "BPE",
      [
        ("dropout", .null), ("unk_token", unknown.map { .string($0.text) } ?? .null),
        ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
        ("fuse_unk", .bool(true)),
        ("byte_fallback", .bool(model.pieces.contains { $0.kind == .byte })),
        ("ignore_merges", .bool(false)),
        ("vocab", .object(model.pieces.enumerated().map { ($1.text, .integer($0)) })),
        ("merges", .array(merges.map { .array([.string($0.left), .string($0.right)]) })),
      ])
  }
}
