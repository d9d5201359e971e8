import AssayCore

extension Normalizer {
  /// Marks a `Precompiled` step that was read from a `tokenizer.model`; other programs skip it.
  static let longestMatch = "longest_match"

  /// Reads `normalizer` of a `tokenizer.json`; throws `AssayError` naming a step that is not known.
  ///
  /// A table that was read from a `tokenizer.model` keeps `pieces` as they stand.
  init(reading part: OrderedJSON?, keeping pieces: [String] = []) throws {
    guard let part else { return }
    steps = try Self.steps(part)
    guard !pieces.isEmpty else { return }
    var trie = ByteTrie()
    for (number, piece) in pieces.enumerated() { trie.insert(piece.utf8, number: number) }
    steps = steps.map { step in
      guard var table = step as? PrecompiledCharacters, table.takesLongest else { return step }
      table.kept = trie
      return table
    }
  }

  private static func steps(_ part: OrderedJSON) throws -> [any NormalizationStep] {
    let type = part["type"]?.string ?? ""
    if let form = CanonicalForm(rawValue: type) { return [form] }
    switch type {
    case "Sequence": return try (part["normalizers"]?.array ?? []).flatMap(steps)
    case "Lowercase": return [Lowercasing()]
    case "StripAccents": return [AccentStripping()]
    case "Nmt": return [NmtCleaning()]
    case "ByteLevel": return [ByteAlphabetWriting()]
    case "Strip":
      return [
        Stripping(
          left: part["strip_left"]?.bool ?? true, right: part["strip_right"]?.bool ?? true)
      ]
    case "Prepend": return [Prepending(content: Array(try text("prepend", of: part).utf8))]
    case "Replace": return [try replacement(part)]
    case "BertNormalizer":
      let lowercases = part["lowercase"]?.bool ?? true
      return [
        BertCleaning(
          cleansText: part["clean_text"]?.bool ?? true,
          separatesChinese: part["handle_chinese_chars"]?.bool ?? true,
          stripsAccents: part["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
      ]
    case "Precompiled":
      // An empty table changes nothing.
      let table = try text("precompiled_charsmap", of: part)
      guard !table.isEmpty else { return [] }
      var step = try PrecompiledCharacters(base64: table)
      step.takesLongest = part[longestMatch]?.bool ?? false
      return [step]
    default:
      throw AssayError(
        .unsupported,
        "the tokenizer has a normalizer of type '\(TokenizerDefinition.typeName(part))'",
        hint: "NFC and its kin, Replace, Prepend, Lowercase, Strip, StripAccents, BertNormalizer, "
          + "Nmt, Precompiled, ByteLevel and Sequence can be read")
    }
  }

  /// A `Replace` step, of a normalizer or a decoder.
  static func replacement(_ part: OrderedJSON) throws -> Replacement {
    Replacement(pattern: try pattern(part), content: Array(try text("content", of: part).utf8))
  }

  private static func pattern(_ part: OrderedJSON) throws -> Replacement.Pattern {
    if let literal = part["pattern"]?["String"]?.string, !literal.isEmpty {
      return .literal(Array(literal.utf8))
    }
    if let regex = part["pattern"]?["Regex"]?.string {
      return .regex(try RegexSplitter(regex))
    }
    throw AssayError(
      .corrupt, "a 'Replace' step has no pattern",
      hint: "its 'pattern' is {\"Regex\": …} or {\"String\": …}")
  }

  private static func text(_ member: String, of part: OrderedJSON) throws -> String {
    guard let text = part[member]?.string else {
      throw AssayError(
        .corrupt,
        "a normalizer of type '\(TokenizerDefinition.typeName(part))' lacks '\(member)'",
        hint: "'\(member)' is a string")
    }
    return text
  }
}
