import AssayCore

/// The steps of `decoder`, in order; without one, tokens are joined with spaces.
struct TokenDecoder: Sendable {
  private let steps: [any DecodingStep]?

  /// Reads `decoder` of a `tokenizer.json`; throws `AssayError` naming a step that is not known.
  init(reading part: OrderedJSON?) throws {
    steps = try part.map(Self.steps)
  }

  /// Whether it is `ByteLevel` alone: then a text is the bytes of its tokens, one after the other.
  var isByteLevel: Bool { steps?.count == 1 && steps?.first is ByteLevelDecoding }

  /// The text of tokens.
  func text(_ tokens: [[UInt8]]) -> String {
    let bytes: [UInt8]
    if let steps {
      bytes = Array(steps.reduce(tokens) { $1.apply(to: $0) }.joined())
    } else {
      bytes = Array(tokens.joined(separator: [0x20]))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What one token stands for wherever it is in a text.
  func bytes(of token: [UInt8]) -> [UInt8] {
    (steps ?? []).reduce(token) { $1.bytes(of: $0) }
  }

  private static func steps(_ part: OrderedJSON) throws -> [any DecodingStep] {
    switch part["type"]?.string {
    case "Sequence": return try (part["decoders"]?.array ?? []).flatMap(steps)
    case "ByteLevel": return [ByteLevelDecoding()]
    case "ByteFallback": return [ByteFallbackDecoding()]
    case "Fuse": return [FuseDecoding()]
    case "Replace":
      return [ReplaceDecoding(replacement: try Normalizer.replacement(part))]
    case "Strip":
      guard let content = part["content"]?.string, !content.isEmpty,
        let start = part["start"]?.integer, let stop = part["stop"]?.integer
      else { throw incomplete("Strip", "'content', 'start' and 'stop'") }
      // No text has more to strip.
      let most = 1 << 20
      return [
        StripDecoding(content: Array(content.utf8), start: min(start, most), stop: min(stop, most))
      ]
    case "Metaspace":
      guard let prepending = PreTokenizer.metaspacePrepending(part) else {
        throw incomplete("Metaspace", "a 'prepend_scheme' that is always, first or never")
      }
      let replacement = part["replacement"]?.string ?? "▁"
      guard !replacement.isEmpty else { throw incomplete("Metaspace", "a 'replacement'") }
      return [
        MetaspaceDecoding(replacement: Array(replacement.utf8), dropsFirst: prepending != .never)
      ]
    case "WordPiece":
      return [
        WordPieceDecoding(
          prefix: Array((part["prefix"]?.string ?? "##").utf8),
          cleansUp: part["cleanup"]?.bool ?? true)
      ]
    case "BPEDecoder":
      let suffix = part["suffix"]?.string ?? "</w>"
      guard !suffix.isEmpty else { throw incomplete("BPEDecoder", "a 'suffix'") }
      return [SuffixDecoding(suffix: Array(suffix.utf8))]
    default:
      throw AssayError(
        .unsupported,
        "the tokenizer's decoder has the type '\(TokenizerDefinition.typeName(part))'",
        hint: "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, WordPiece, BPEDecoder and "
          + "Sequence can be read")
    }
  }

  private static func incomplete(_ step: String, _ needs: String) -> AssayError {
    AssayError(
      .corrupt, "the tokenizer's decoder has an incomplete '\(step)' step",
      hint: "it needs \(needs)")
  }
}
