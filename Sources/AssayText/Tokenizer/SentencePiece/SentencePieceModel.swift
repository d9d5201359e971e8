import AssayCore

/// What a `tokenizer.model` says: the parts of `sentencepiece_model.proto` that decide over tokens.
struct SentencePieceModel {
  enum PieceKind: UInt64 {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  struct Piece {
    var text = ""
    var score: Float = 0
    var kind = PieceKind.normal
  }

  enum Kind: UInt64 {
    case unigram = 1
    case bytePairs, words, characters
  }

  private(set) var pieces: [Piece] = []
  private(set) var kind = Kind.unigram
  /// The table of replacements; empty for none.
  private(set) var charsmap: [UInt8] = []
  private(set) var addsDummyPrefix = true
  private(set) var removesExtraSpaces = true

  /// Reads the file's bytes; throws `AssayError(.corrupt)`.
  init(_ bytes: [UInt8]) throws {
    var message = ProtobufReader(bytes[...])
    while let (field, value) = try message.next() {
      guard case .bytes(let part) = value else { continue }
      switch field {
      case 1: pieces.append(try Self.piece(part))
      case 2: try readTrainer(part)
      case 3: try readNormalizer(part)
      default: break
      }
    }
    guard !pieces.isEmpty else {
      throw AssayError(
        .corrupt, "the SentencePiece model has no pieces",
        hint: "expected the tokenizer.model that SentencePiece writes")
    }
  }

  private static func piece(_ bytes: ArraySlice<UInt8>) throws -> Piece {
    var piece = Piece()
    var message = ProtobufReader(bytes)
    while let (field, value) = try message.next() {
      switch (field, value) {
      case (1, .bytes(let text)): piece.text = String(decoding: text, as: UTF8.self)
      case (2, .fixed(let bits)):
        piece.score = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      case (3, .number(let kind)): piece.kind = PieceKind(rawValue: kind) ?? .normal
      default: break
      }
    }
    guard !piece.text.isEmpty, piece.score.isFinite else {
      throw AssayError(
        .corrupt, "a piece of the SentencePiece model has no text or no score",
        hint: "fetch the file again")
    }
    return piece
  }

  private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws {
    var message = ProtobufReader(bytes)
    while let (field, value) = try message.next() {
      guard field == 3, case .number(let number) = value else { continue }
      guard let kind = Kind(rawValue: number) else {
        throw AssayError(
          .unsupported, "the SentencePiece model is of kind \(number)",
          hint: "unigram and BPE can be read")
      }
      self.kind = kind
    }
  }

  private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws {
    var message = ProtobufReader(bytes)
    while let (field, value) = try message.next() {
      switch (field, value) {
      case (2, .bytes(let table)): charsmap = Array(table)
      case (3, .number(let flag)): addsDummyPrefix = flag != 0
      case (4, .number(let flag)): removesExtraSpaces = flag != 0
      case (5, .number(0)):
        throw AssayError(
          .unsupported, "the SentencePiece model sets 'escape_whitespaces' to false",
          hint: "only models that write spaces as '▁' can be read")
      default: break
      }
    }
  }
}
